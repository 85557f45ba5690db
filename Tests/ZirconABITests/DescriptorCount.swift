import Glibc

/// The number of open descriptors of this process, those of libdispatch left out.
///
/// The test runner opens and closes the latter when it likes. Needs no descriptor itself.
/// Held against an earlier count, it may be less, since the runner also closes some of its own late; what
/// leaks makes it more.
func openDescriptorCount() -> Int {
  (0..<1_024).count { descriptor in
    guard let target = linkTarget("/proc/self/fd/\(descriptor)") else { return false }
    return !["anon_inode:[eventpoll]", "anon_inode:[eventfd]", "anon_inode:[timerfd]"]
      .contains(target)
  }
}

/// The lowest number that no open descriptor has.
func lowestFreeDescriptor() -> Int {
  (0..<Int32.max).first { fcntl($0, F_GETFD) == -1 }.map { Int($0) } ?? Int(Int32.max)
}

/// What a symbolic link says, if it is one.
func linkTarget(_ path: String) -> String? {
  var target = [CChar](repeating: 0, count: 256)
  let byteCount = readlink(path, &target, target.count)
  guard byteCount >= 0 else { return nil }
  return String(decoding: target.prefix(byteCount).map(UInt8.init(bitPattern:)), as: UTF8.self)
}
