import Glibc

/// The number of open descriptors of this process; needs none itself, unlike a look into `/proc`.
func openDescriptorCount() -> Int {
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  return (0..<Int32(clamping: max(limit.rlim_cur, 20_000))).count { isOpenDescriptor($0) }
}

/// Whether a descriptor of this number is open.
func isOpenDescriptor(_ descriptor: Int32) -> Bool {
  fcntl(descriptor, F_GETFD) != -1
}
