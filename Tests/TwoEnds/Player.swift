import CLinux
package import CZircon
import Glibc
package import Synchronization
import TestSupport
import ZirconLinux

/// What who plays a role says to who has started it.
package struct Progress: ~Copyable {
  /// Bytes or moves so far; told after the call that made them has returned.
  package let count = Atomic<Int>(0)
  /// Calls that are begun.
  package let begun = Atomic<Int>(0)
  /// What went wrong, as a status; 0 while nothing has.
  package let failure = Atomic<Int>(0)

  /// Where it is in this process.
  package static func map(_ descriptor: Int32) -> UnsafeMutablePointer<Progress>? {
    clinux_map_shared(descriptor, 4096)?.assumingMemoryBound(to: Progress.self)
  }
}

/// A process that plays a role with what it is sent, until it is killed.
package struct Player: ~Copyable {
  package let process: Int32
  /// The channel between it and this process.
  package let channel: zx_handle_t
  package let progress: UnsafeMutablePointer<Progress>
  private let hasEnded = Atomic(false)

  package init(_ role: String...) throws {
    var pair: [Int32] = [0, 0]
    let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &pair) == 0 else { throw SetUpError("socketpair") }
    let memory = Int32(clinux_memory_create(4096, 1))
    guard let progress = Progress.map(memory) else { throw SetUpError("memfd") }
    process = try PeerProcess.spawn(
      role, [(pair[1], PeerDescriptor.bootstrap), (memory, PeerDescriptor.progress)])
    close(pair[1])
    close(memory)
    channel = adoptBootstrap(pair[0])
    self.progress = progress
  }

  /// Moves a handle to it.
  package func send(_ handle: zx_handle_t) -> zx_status_t {
    var handle = handle
    return CZircon.zx_channel_write(channel, 0, nil, 0, &handle, 1)
  }

  /// Sends it a Linux signal.
  package func tell(_ signal: Int32) { Glibc.kill(process, signal) }

  /// Kills it and waits until it is no more.
  package func kill() {
    guard !hasEnded.exchange(true, ordering: .relaxed) else { return }
    Glibc.kill(process, SIGKILL)
    while waitpid(process, nil, 0) < 0, errno == EINTR {}
  }

  deinit {
    if !hasEnded.load(ordering: .relaxed) {
      Glibc.kill(process, SIGKILL)
      while waitpid(process, nil, 0) < 0, errno == EINTR {}
    }
    _ = CZircon.zx_handle_close(channel)
    munmap(progress, 4096)
  }
}

/// A byte that tells where it is in a stream.
package func streamByte(_ index: Int) -> UInt8 {
  UInt8(truncatingIfNeeded: (index % 65_521) &* 2_654_435_761 >> 13)
}

/// Datagram `index`: its number, and a size and contents that follow from it.
package func datagram(_ index: Int) -> [UInt8] {
  let size = 8 + (index &* 7919) % 3000
  return (0..<8).map { UInt8(truncatingIfNeeded: index >> (8 * $0)) }
    + (8..<size).map { streamByte(index &+ $0) }
}
