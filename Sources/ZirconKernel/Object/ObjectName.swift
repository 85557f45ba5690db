package import ZirconLinux
package import ZirconTypes

/// The name of an object: up to 31 bytes without a NUL, and zeros behind them to 32.
package struct ObjectName: BitwiseCopyable, Sendable {
  private var bytes = InlineArray<32, UInt8>(repeating: 0)

  /// Bytes of a name with its zeros: `ZX_MAX_NAME_LEN`.
  package static var byteCount: Int { 32 }

  /// The empty name.
  package init() {}

  /// Takes bytes up to the first NUL, and 31 of them at most.
  package init(_ text: some Sequence<UInt8>) {
    for (index, byte) in text.prefix(while: { $0 != 0 }).prefix(Self.byteCount - 1).enumerated() {
      bytes[index] = byte
    }
  }

  /// Takes the name that the caller gives; what does not fit is left out.
  ///
  /// - Throws: `invalidArgs` if it cannot be read.
  package init(_ source: UserIn) throws(Status) {
    var taken = InlineArray<32, UInt8>(repeating: 0)
    let count = min(source.byteCount, Self.byteCount - 1)
    try unsafe withUnsafeMutablePointer(to: &taken) { (taken) throws(Status) in
      try unsafe source.fetch(into: taken, count: count)
    }
    for index in 0..<count {
      guard taken[index] != 0 else { break }
      bytes[index] = taken[index]
    }
  }

  /// The bytes without the zeros.
  var text: [UInt8] {
    var text: [UInt8] = []
    for index in bytes.indices where bytes[index] != 0 { text.append(bytes[index]) }
    return text
  }
}
