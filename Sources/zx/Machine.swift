import Glibc
import SystemPackage

/// What Linux says about this machine and this process.
enum Machine {
  /// The release of the kernel, such as `6.18.1`.
  static let kernelRelease = systemName { $0.release }

  /// The architecture as Linux calls it.
  static let architecture = systemName { $0.machine }

  /// The model of the first CPU, or the architecture where Linux does not say.
  static let cpuModel: String = {
    let lines = contents(of: "/proc/cpuinfo")?.split(separator: "\n") ?? []
    let model = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
    return model.map { String($0.drop { $0 == " " }) } ?? architecture
  }()

  /// The CPUs that are online.
  static let cpuCount = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  /// The C library, such as `glibc 2.36`.
  static let libraryVersion: String = {
    let size = confstr(Int32(_CS_GNU_LIBC_VERSION), nil, 0)
    var text = [CChar](repeating: 0, count: size + 1)
    confstr(Int32(_CS_GNU_LIBC_VERSION), &text, size)
    return text.withUnsafeBytes { zeroTerminated($0) }
  }()

  /// The number in a file that has one.
  static func number(in path: FilePath) -> Int? {
    contents(of: path).flatMap { Int($0) }
  }

  /// Whether system calls of this process pass a seccomp filter.
  static var hasSeccompFilter: Bool {
    contents(of: "/proc/self/status")?.split(separator: "\n").contains("Seccomp:\t2") ?? false
  }

  /// The soft and hard limit of this process for a resource; nil is no limit.
  static func limit(_ resource: Int32) -> (soft: UInt64?, hard: UInt64?) {
    var record = rlimit()
    guard getrlimit(resource, &record) == 0 else { return (nil, nil) }
    return (finite(record.rlim_cur), finite(record.rlim_max))
  }

  /// Whether the kernel is at least this version.
  static func kernelIsAtLeast(_ major: Int, _ minor: Int) -> Bool {
    let parts = kernelRelease.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
    guard parts.count == 2 else { return false }
    return (parts[0], parts[1]) >= (major, minor)
  }

  private static func finite(_ limit: rlim_t) -> UInt64? {
    limit == rlim_t.max ? nil : UInt64(limit)
  }

  private static func systemName<Field>(_ field: (utsname) -> Field) -> String {
    var record = utsname()
    uname(&record)
    return withUnsafeBytes(of: field(record)) { zeroTerminated($0) }
  }

  private static func zeroTerminated(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
