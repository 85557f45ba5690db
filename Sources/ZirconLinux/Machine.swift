import CLinux
import Glibc

/// Facts of the machine and its random numbers.
package enum Machine {
  /// Bytes of a page of memory.
  package static var pageByteCount: Int { sysconf(Int32(_SC_PAGESIZE)) }

  /// Processors at work when this was first asked; constant from then on.
  package static let processorCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  /// Bytes of memory.
  package static let memoryByteCount = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))

  /// Bytes of a line of the first data cache; 64 where Linux does not say.
  package static var cacheLineByteCount: Int {
    let told = sysconf(Int32(_SC_LEVEL1_DCACHE_LINESIZE))
    return told > 0 && told & (told - 1) == 0 ? told : 64
  }

  /// Fills memory of the caller with random bytes; a bad address ends the process.
  @unsafe
  package static func drawRandom(_ base: UnsafeMutableRawPointer?, byteCount: Int) {
    // C counts without a sign: what looks negative here is more than any memory holds.
    let count = byteCount >= 0 ? byteCount : .max
    var done = 0
    while done < count {
      let room = unsafe base.map { unsafe $0 + done }
      let answer = unsafe clinux_random(room, count - done)
      if answer > 0 {
        done += answer
      } else if answer != -Int(EINTR) {
        abort()
      }
    }
  }

  /// Mixes `bytes`, at most 256 of them, into Linux's random numbers.
  ///
  /// - Throws: `badAddress` if they cannot be read.
  package static func addRandom(_ bytes: UserIn) throws(Errno) {
    var copy = InlineArray<256, UInt8>(repeating: 0)
    let count = min(bytes.byteCount, copy.count)
    try unsafe withUnsafeMutablePointer(to: &copy) { (copy) throws(Errno) in
      try unsafe bytes.copy(to: copy, count: count)
    }
    // Anybody may write to it; where a sandbox hides the device, there is nothing to mix into.
    let device = unsafe open("/dev/urandom", O_WRONLY | O_CLOEXEC)
    guard device >= 0 else { return }
    unsafe withUnsafePointer(to: copy) { copy in
      _ = unsafe write(device, copy, count)
    }
    close(device)
  }
}
