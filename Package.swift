// swift-tools-version: 6.3
import PackageDescription

/// The one list of settings; library targets add strict memory safety.
let swift: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]
let strict = swift + [.strictMemorySafety()]
let c: [CSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
  name: "zircon",
  products: [
    .library(name: "zircon", type: .dynamic, targets: ["ZirconABI", "CSyscalls"]),
    .library(name: "Zircon", targets: ["Zircon"]),
    .executable(name: "zx", targets: ["zx"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
  ],
  targets: [
    // The contract in C, and what is generated from its one table of calls.
    .target(name: "CZircon", path: "CSupport/CZircon", cSettings: c),
    .target(name: "CSyscalls", dependencies: ["CZircon"], path: "CSupport/CSyscalls", cSettings: c),

    // What Swift cannot say to Linux.
    .target(name: "CLinux", path: "CSupport/CLinux", cSettings: c),
    .target(
      name: "CUring", dependencies: ["CLinux"], path: "CSupport/CUring", cSettings: c,
      linkerSettings: [.linkedLibrary("uring")]),

    // The rooms, each importing only those above it in this list.
    .target(name: "ZirconTypes", dependencies: ["CZircon"], swiftSettings: strict),
    .target(
      name: "ZirconLinux", dependencies: ["ZirconTypes", "CLinux", "CUring"], swiftSettings: strict),
    .target(
      name: "ZirconKernel", dependencies: ["ZirconTypes", "ZirconLinux", "CZircon"],
      swiftSettings: strict),
    .target(
      name: "ZirconABI",
      dependencies: ["ZirconTypes", "ZirconLinux", "ZirconKernel", "CZircon", "CSyscalls"],
      swiftSettings: strict),
    .target(
      name: "Zircon", dependencies: ["ZirconTypes", "ZirconLinux", "ZirconKernel"],
      swiftSettings: strict),

    // The command, through the C door, and what it measures beside itself.
    .target(name: "CBench", dependencies: ["CZircon"], path: "CSupport/CBench", cSettings: c),
    .executableTarget(
      name: "zx",
      dependencies: [
        "CZircon", "CSyscalls", "CBench", "ZirconABI", "ZirconKernel", "ZirconLinux",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: swift),

    // Examples that take two programs; those in C are beside them, for `zx run`.
    .executableTarget(
      name: "shout-server", dependencies: ["Zircon"], path: "Sources/Examples/ShoutServer",
      swiftSettings: swift),
    .executableTarget(
      name: "shout-client", dependencies: ["Zircon"], path: "Sources/Examples/ShoutClient",
      swiftSettings: swift),

    // Long runs, by hand.
    .executableTarget(
      name: "zircon-stress",
      dependencies: [
        "CZircon", "CSyscalls", "ZirconABI", "Zircon", "ZirconTypes", "TestSupport",
        "TransferSupport", "TwoEnds",
      ],
      path: "Tests/Stress", swiftSettings: swift),

    // `swift package install-zircon`: the release library and zx, under a prefix.
    .plugin(
      name: "InstallPlugin",
      capability: .command(
        intent: .custom(
          verb: "install-zircon",
          description: "Install libzircon.so, its headers and zx under a prefix.")),
      path: "Sources/InstallPlugin"),

    // The tests: each room's own, the contract, both doors, and a model of all calls.
    .target(
      name: "TestSupport", dependencies: ["CLinux"], path: "Tests/Support", swiftSettings: swift),
    .target(
      name: "TransferSupport",
      dependencies: [
        "CLinux", "CZircon", "ZirconABI", "ZirconKernel", "ZirconLinux", "ZirconTypes",
        "TestSupport",
      ],
      path: "Tests/TransferSupport", swiftSettings: swift),
    .target(
      name: "TwoEnds",
      dependencies: [
        "CLinux", "CZircon", "CSyscalls", "ZirconABI", "ZirconKernel", "ZirconLinux",
        "TestSupport",
      ],
      path: "Tests/TwoEnds", swiftSettings: swift),
    .executableTarget(
      name: "zircon-peer",
      dependencies: [
        "CLinux", "CZircon", "ZirconABI", "ZirconKernel", "ZirconLinux", "TestSupport", "TwoEnds",
      ],
      path: "Tests/Peer", swiftSettings: swift),
    .testTarget(
      name: "ZirconLinuxTests",
      dependencies: ["CLinux", "CUring", "ZirconLinux", "ZirconTypes", "TestSupport"],
      swiftSettings: swift),
    .testTarget(
      name: "ZirconKernelTests",
      dependencies: ["ZirconKernel", "ZirconLinux", "ZirconTypes", "TestSupport"],
      swiftSettings: swift),
    .testTarget(
      name: "ZirconABITests",
      dependencies: ["CZircon", "CSyscalls", "ZirconABI", "TestSupport", "TwoEnds"],
      swiftSettings: swift),
    .testTarget(
      name: "ZirconTransferTests",
      dependencies: [
        "CZircon", "CSyscalls", "ZirconABI", "ZirconKernel", "ZirconLinux", "ZirconTypes",
        "TestSupport", "TransferSupport",
      ],
      swiftSettings: swift),
    .testTarget(
      name: "ZirconTests", dependencies: ["Zircon", "TestSupport"], swiftSettings: swift),
    .testTarget(
      name: "ZirconModelTests",
      dependencies: [
        "CZircon", "CSyscalls", "ZirconABI", "ZirconKernel", "ZirconLinux", "TestSupport",
        "TwoEnds",
      ],
      swiftSettings: swift),
  ]
)
