import CZircon
import Glibc
import Synchronization
import ZirconLinux

/// One side of what `zx cat` moves.
enum CatEnd: Equatable {
  /// A descriptor that waits.
  case file(Int32)
  /// A socket, which does not.
  case socket(zx_handle_t)
  /// Gives nothing; what comes here is not wanted.
  case nothing
}

/// Moves everything from one end to another, in one direction.
final class CatRelay: Sendable {
  let source: CatEnd
  let sink: CatEnd
  private let size: Int
  /// Bytes moved so far.
  let byteCount = Atomic<Int>(0)
  /// Nothing more will be moved.
  let isDone = Atomic<Bool>(false)
  private let failure = Mutex<String?>(nil)

  init(_ source: CatEnd, _ sink: CatEnd, size: Int) {
    self.source = source
    self.sink = sink
    self.size = size
  }

  /// What went wrong, if anything did.
  var complaint: String? { failure.withLock { $0 } }

  /// Moves until the source ends or the sink takes no more, and tells both.
  func run() {
    if sink == .nothing { source.refuse() } else { move() }
    sink.finish()
    isDone.store(true, ordering: .releasing)
  }

  private func move() {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
    defer { buffer.deallocate() }
    while true {
      let bytes: UnsafeMutableRawBufferPointer
      switch source.read(into: buffer) {
      case .moved(let count): bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
      case .over: return
      case .failed(let text): return failure.withLock { $0 = text }
      }
      switch sink.write(UnsafeRawBufferPointer(bytes)) {
      case .moved(let count): byteCount.add(count, ordering: .relaxed)
      case .over: return source.refuse()
      case .failed(let text):
        source.refuse()
        return failure.withLock { $0 = text }
      }
    }
  }
}

/// What became of a read or a write.
enum CatMove {
  case moved(Int)
  /// The other side has ended.
  case over
  case failed(String)
}

extension CatEnd {
  /// Takes what there is, at least something unless it is over.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> CatMove {
    switch self {
    case .nothing: return .over
    case .file(let file):
      while true {
        let count = Glibc.read(file, buffer.baseAddress, buffer.count)
        if count > 0 { return .moved(count) }
        if count == 0 { return .over }
        guard errno == EINTR else { return .failed(String(cString: strerror(errno))) }
      }
    case .socket(let handle):
      while true {
        var count = 0
        let status = zx_socket_read(handle, 0, buffer.baseAddress, buffer.count, &count)
        switch status {
        case ZX_OK: return .moved(count)
        case ZX_ERR_SHOULD_WAIT:
          let wanted =
            ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED | ZX_SOCKET_PEER_WRITE_DISABLED
          _ = zx_object_wait_one(handle, wanted, ZX_TIME_INFINITE, nil)
        case ZX_ERR_PEER_CLOSED, ZX_ERR_BAD_STATE: return .over
        default: return .failed(String(cString: zx_status_get_string(status)))
        }
      }
    }
  }

  /// Gives all of `bytes`.
  func write(_ bytes: UnsafeRawBufferPointer) -> CatMove {
    var rest = bytes
    while !rest.isEmpty {
      switch writeSome(rest) {
      case .moved(let count): rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      case let end: return end
      }
    }
    return .moved(bytes.count)
  }

  private func writeSome(_ bytes: UnsafeRawBufferPointer) -> CatMove {
    switch self {
    case .nothing: return .over
    case .file(let file):
      let count = Glibc.write(file, bytes.baseAddress, bytes.count)
      if count >= 0 { return .moved(count) }
      switch errno {
      case EINTR: return .moved(0)
      case EPIPE: return .over
      default: return .failed(String(cString: strerror(errno)))
      }
    case .socket(let handle):
      var count = 0
      let status = zx_socket_write(handle, 0, bytes.baseAddress, bytes.count, &count)
      switch status {
      case ZX_OK: return .moved(count)
      case ZX_ERR_SHOULD_WAIT:
        Self.waitForRoom(handle, bytes.count)
        return .moved(0)
      case ZX_ERR_PEER_CLOSED, ZX_ERR_BAD_STATE: return .over
      default: return .failed(String(cString: zx_status_get_string(status)))
      }
    }
  }

  /// Waits until a write of so many bytes may succeed.
  private static func waitForRoom(_ handle: zx_handle_t, _ byteCount: Int) {
    var info = zx_info_socket_t()
    let size = MemoryLayout<zx_info_socket_t>.size
    _ = zx_object_get_info(handle, UInt32(ZX_INFO_SOCKET), &info, size, nil, nil)
    var wanted = ZX_SOCKET_WRITABLE | ZX_SOCKET_PEER_CLOSED | ZX_SOCKET_WRITE_DISABLED
    if info.options == ZX_SOCKET_DATAGRAM {
      // Room for something is not room for all of it; only of a raw pair Linux tells no more.
      var threshold = byteCount
      let status = zx_object_set_property(
        handle, UInt32(ZX_PROP_SOCKET_TX_THRESHOLD), &threshold, MemoryLayout<Int>.size)
      if status == ZX_OK { wanted = wanted & ~ZX_SOCKET_WRITABLE | ZX_SOCKET_WRITE_THRESHOLD }
    }
    _ = zx_object_wait_one(handle, wanted, ZX_TIME_INFINITE, nil)
  }

  /// Tells whoever reads here that there is no more.
  func finish() {
    switch self {
    case .nothing: break
    case .file(let file): close(file)
    case .socket(let handle):
      _ = zx_socket_set_disposition(handle, ZX_SOCKET_DISPOSITION_WRITE_DISABLED, 0)
    }
  }

  /// Tells whoever writes here that it is not wanted.
  func refuse() {
    guard case .socket(let handle) = self else { return }
    _ = zx_socket_set_disposition(handle, 0, ZX_SOCKET_DISPOSITION_WRITE_DISABLED)
  }
}

/// All that one `zx cat` moves, each relay on a thread of its own.
struct CatRun {
  private let relays: [CatRelay]
  private let bell: zx_handle_t

  init(_ relays: [CatRelay]) throws {
    self.relays = relays
    var bell = ZX_HANDLE_INVALID
    try check(zx_event_create(0, &bell), "no event")
    self.bell = bell
  }

  /// Runs until nothing more can be moved.
  func finish() throws {
    let bell = bell
    for relay in relays {
      let hasStarted = DetachedThread.start(named: "zx-cat") {
        relay.run()
        _ = zx_object_signal(bell, 0, ZX_USER_SIGNAL_0)
      }
      guard hasStarted else { throw complain("no thread") }
    }
    let progress = CatProgress()
    while !isOver {
      let deadline = zx_deadline_after(progress.isShown ? 200_000_000 : ZX_TIME_INFINITE)
      _ = zx_object_wait_one(bell, ZX_USER_SIGNAL_0, deadline, nil)
      _ = zx_object_signal(bell, ZX_USER_SIGNAL_0, 0)
      progress.show(relays)
    }
    progress.finish(relays)
    if let complaint = relays.compactMap(\.complaint).first { throw complain(complaint) }
  }

  /// Whether every relay has ended, or waits for input that nobody can get any more.
  private var isOver: Bool {
    relays.allSatisfy { $0.isDone.load(ordering: .acquiring) || isDeaf($0.sink) }
  }

  private func isDeaf(_ sink: CatEnd) -> Bool {
    guard case .socket(let handle) = sink else { return false }
    // With what has come from there moved on.
    let reader = relays.first { $0.source == sink }
    guard reader?.isDone.load(ordering: .acquiring) ?? true else { return false }
    return zx_object_wait_one(handle, ZX_SOCKET_PEER_CLOSED, 0, nil) == ZX_OK
  }
}

/// How much has gone through, on a terminal.
struct CatProgress {
  private let line = ProgressLine()
  private let start = zx_clock_get_monotonic()
  let isShown = isatty(STDERR_FILENO) == 1

  func show(_ relays: [CatRelay]) {
    line.show(text(relays))
  }

  func finish(_ relays: [CatRelay]) {
    guard isShown else { return }
    line.show(text(relays) + "\n")
  }

  private func text(_ relays: [CatRelay]) -> String {
    // Bytes that pass two relays are counted where they leave.
    let counts = relays.filter { $0.sink != .nothing }.map { $0.byteCount.load(ordering: .relaxed) }
    let seconds = max(Double(zx_clock_get_monotonic() - start) / 1e9, 1e-9)
    let total = counts.max() ?? 0
    let megabytes = Double(total) / Double(1 << 20)
    return "zx: \(megabytes.fixed(1)) MiB, \((megabytes / seconds).fixed(1)) MiB/s"
  }
}
