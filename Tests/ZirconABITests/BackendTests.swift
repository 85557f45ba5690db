import CZircon
import Glibc
import TestSupport
import Testing

/// The lane this run is in: what the environment asks for.
enum BackendLane: Equatable {
  case auto
  case uring
  case syscall

  static let current: BackendLane =
    switch getenv("ZIRCON_BACKEND").map({ String(cString: $0) }) {
    case "uring": .uring
    case "syscall": .syscall
    default: .auto
    }
}

func backendInfo() throws -> zxl_backend_info_t {
  var info = zxl_backend_info_t()
  try #require(zxl_backend_get_info(&info) == ZX_OK)
  return info
}

/// Source: `<zircon/linux.h>`, how reads and writes reach Linux.
@Suite("zxl_backend_get_info") struct BackendTests {
  private typealias Counts = (ring: UInt64, syscall: UInt64)

  /// What one call adds to the two counts of the calling thread.
  private func counted(_ call: () throws -> Void) throws -> Counts {
    let before = try backendInfo()
    try call()
    let after = try backendInfo()
    return (
      after.ring_operations - before.ring_operations,
      after.syscall_operations - before.syscall_operations
    )
  }

  @Test(
    .enabled(if: BackendLane.current == .uring, "ZIRCON_BACKEND is not uring"),
    arguments: SocketVariant.all)
  func `with uring every read and write is one operation of a usable ring`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    let write = try counted { #expect(socketWrite(pair.writer, [1, 2]) == .ok(2)) }
    #expect(write == (1, 0))
    let peek = try counted { #expect(socketPeek(pair.reader, 2) == .ok([1, 2])) }
    #expect(peek == (1, 0))
    let read = try counted { #expect(socketRead(pair.reader, 2) == .ok([1, 2])) }
    #expect(read == (1, 0))
    let info = try backendInfo()
    #expect(info.backend == ZXL_BACKEND_URING)
    #expect(info.ring == ZXL_RING_USABLE)
  }

  @Test(
    .enabled(if: BackendLane.current == .syscall, "ZIRCON_BACKEND is not syscall"),
    arguments: SocketVariant.all)
  func `with syscall every read and write is one system call and no ring is used`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    let write = try counted { #expect(socketWrite(pair.writer, [1, 2]) == .ok(2)) }
    #expect(write == (0, 1))
    let peek = try counted { #expect(socketPeek(pair.reader, 2) == .ok([1, 2])) }
    #expect(peek == (0, 1))
    let read = try counted { #expect(socketRead(pair.reader, 2) == .ok([1, 2])) }
    #expect(read == (0, 1))
    let info = try backendInfo()
    #expect(info.backend == ZXL_BACKEND_SYSCALL)
    #expect(info.ring == ZXL_RING_OFF)
  }

  @Test(
    .enabled(if: BackendLane.current == .auto, "ZIRCON_BACKEND is set"),
    arguments: SocketVariant.all)
  func `with auto every read and write is one operation of either kind`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    let write = try counted { #expect(socketWrite(pair.writer, [1, 2]) == .ok(2)) }
    #expect(write.ring + write.syscall == 1)
    let read = try counted { #expect(socketRead(pair.reader, 2) == .ok([1, 2])) }
    #expect(read.ring + read.syscall == 1)
    #expect(try backendInfo().backend == ZXL_BACKEND_AUTO)
  }

  @Test(
    .enabled(if: BackendLane.current == .uring, "ZIRCON_BACKEND is not uring"))
  func `with uring each thread has its own ring and counts`() throws {
    let pair = try SocketPair(.stream)
    let writer = pair.writer
    let mine = try backendInfo()
    let thread = try TestThread {
      let written = socketWrite(writer, [1])
      var info = zxl_backend_info_t()
      let status = zxl_backend_get_info(&info)
      return written == .ok(1) && status == ZX_OK && info.ring == ZXL_RING_USABLE
        && info.ring_operations == 1 && info.syscall_operations == 0
    }
    #expect(thread.join() == true)
    #expect(try backendInfo().ring_operations == mine.ring_operations)
  }

  @Test func `what the checks decide never reaches Linux`() throws {
    var pair = try SocketPair(.stream)
    let event = try OwnedHandle.event()
    let bare = try OwnedHandle(duplicating: pair.writer, rights: ZX_RIGHT_NONE)
    let counts = try counted {
      #expect(socketWrite(0, [1]).status == ZX_ERR_BAD_HANDLE)
      #expect(socketWrite(event.value, [1]).status == ZX_ERR_WRONG_TYPE)
      #expect(socketWrite(bare.value, [1]).status == ZX_ERR_ACCESS_DENIED)
      #expect(socketWrite(pair.writer, [1], options: 1).status == ZX_ERR_INVALID_ARGS)
      #expect(socketWrite(pair.writer, []) == .ok(0))
      #expect(socketRead(pair.reader, 1).answer.status == ZX_ERR_SHOULD_WAIT)
      #expect(socketRead(pair.reader, 0).answer.status == ZX_ERR_SHOULD_WAIT)
      pair.closeReader()
      #expect(socketWrite(pair.writer, [1]).status == ZX_ERR_PEER_CLOSED)
    }
    #expect(counts == (0, 0))
  }

  @Test func `the granted socket buffer is told and is not 0`() throws {
    #expect(try backendInfo().socket_buffer >= 4_608)
  }

  @Test func `the record is 32 bytes`() {
    #expect(MemoryLayout<zxl_backend_info_t>.size == 32)
  }

  @Test(arguments: BadAddress.unwritable)
  func `a bad address is INVALID_ARGS`(address: BadAddress) throws {
    let bad = try BadMemory(address, byteCount: 32)
    let status = zxl_backend_get_info(bad.bound(to: zxl_backend_info_t.self))
    #expect(status == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: PointerPlacement.allCases)
  func `the record may lie anywhere`(place: PointerPlacement) throws {
    let answer = try place.place(zxl_backend_info_t()) { zxl_backend_get_info($0) }
    #expect(answer.result == ZX_OK)
    #expect(answer.value.socket_buffer > 0)
  }

  /// In a process of its own, where the signal has its deadly default.
  @Test func `SIGPIPE is never raised`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      var signalSet = sigset_t()
      sigemptyset(&signalSet)
      sigaddset(&signalSet, SIGPIPE)
      pthread_sigmask(SIG_UNBLOCK, &signalSet, nil)
      for kind in SocketKind.allCases {
        for isFull in [false, true] {
          var pair = try SocketPair(kind)
          if isFull { try fillSocket(pair.writer) } else { try #require(wrote(pair.writer)) }
          pair.closeReader()
          #expect(socketWrite(pair.writer, [1]) == .error(ZX_ERR_PEER_CLOSED))
          #expect(socketWrite(pair.writer, []) == .error(ZX_ERR_PEER_CLOSED))
          #expect(zx_socket_shutdown(pair.writer, ZX_SOCKET_SHUTDOWN_WRITE) == ZX_OK)
          #expect(socketWrite(pair.writer, [1]) == .error(ZX_ERR_PEER_CLOSED))
        }
      }
    }
  }

  /// A writer that is in the middle of it when the reader goes.
  @Test func `SIGPIPE is never raised when the peer closes under a writer`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      for _ in 0..<100 {
        var pair = try SocketPair(.stream)
        let writer = pair.writer
        let thread = try TestThread {
          var status = ZX_OK
          while status == ZX_OK || status == ZX_ERR_SHOULD_WAIT {
            status = socketWrite(writer, [1]).status
          }
          return status
        }
        pair.closeReader()
        #expect(thread.join() == ZX_ERR_PEER_CLOSED)
      }
    }
  }
}

private func wrote(_ handle: zx_handle_t) -> Bool { socketWrite(handle, [1]) == .ok(1) }
