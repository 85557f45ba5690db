import Glibc

/// The number of open descriptors of this process of the kinds that the library makes: sockets, memory
/// files and rings.
///
/// The test runner opens and closes others when it likes. Needs no descriptor itself.
package func openDescriptorCount() -> Int {
  (0..<1_024).count { descriptor in
    guard let target = linkTarget("/proc/self/fd/\(descriptor)") else { return false }
    return ["socket:", "/memfd:", "anon_inode:[io_uring]"].contains(where: target.hasPrefix)
  }
}

/// The same once it is `count`, or what it still is after five seconds: what another process had a part in is
/// closed when that is gone, by a thread of its own.
package func openDescriptorCount(settlingAt count: Int) -> Int {
  for _ in 0..<500 where openDescriptorCount() != count { usleep(10_000) }
  return openDescriptorCount()
}

/// The lowest number that no open descriptor has, once the other threads of the process have come to rest.
///
/// In a process that has just started, those of the runtime open their own beside the test's.
package func lowestFreeDescriptor() -> Int {
  waitUntilOthersRest()
  return (0..<Int32.max).first { fcntl($0, F_GETFD) == -1 }.map { Int($0) } ?? Int(Int32.max)
}

/// What a symbolic link says, if it is one.
package func linkTarget(_ path: String) -> String? {
  var target = [CChar](repeating: 0, count: 256)
  let byteCount = readlink(path, &target, target.count)
  guard byteCount >= 0 else { return nil }
  return String(decoding: target.prefix(byteCount).map(UInt8.init(bitPattern:)), as: UTF8.self)
}
