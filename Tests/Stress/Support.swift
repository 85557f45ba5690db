import CZircon
import Glibc
import Synchronization

// MARK: Ending

/// Says what went wrong and ends the process as failed.
func fail(_ what: String) -> Never {
  let text = "zircon-stress: \(what)\n"
  fflush(nil)
  write(2, text, text.utf8.count)
  _exit(1)
}

/// Ends the process as failed unless `condition` holds.
func check(_ condition: Bool, _ what: @autoclosure () -> String) {
  if !condition { fail(what()) }
}

/// Ends the process as failed unless a call answered `expected`.
func check(_ status: Int32, is expected: Int32 = 0, _ what: @autoclosure () -> String) {
  if status != expected { fail("\(what()): \(name(status)), not \(name(expected))") }
}

/// A status as people know it.
func name(_ status: Int32) -> String {
  guard let text = zx_status_get_string(status) else { return "\(status)" }
  return String(cString: text)
}

/// Ends the process as failed after so many seconds: nothing may hang.
func startWatchdog(seconds: Int) {
  signal(SIGALRM) { _ in
    let text: StaticString = "zircon-stress: the watchdog bit: something hangs\n"
    _ = write(2, text.utf8Start, text.utf8CodeUnitCount)
    _exit(2)
  }
  alarm(UInt32(seconds))
}

// MARK: Statuses

/// Statuses by the numbers of the contract, so that a wrong header is noticed.
enum Status {
  static let ok: Int32 = 0
  static let noMemory: Int32 = -4
  static let invalidArgs: Int32 = -10
  static let badHandle: Int32 = -11
  static let bufferTooSmall: Int32 = -15
  static let timedOut: Int32 = -21
  static let shouldWait: Int32 = -22
  static let canceled: Int32 = -23
  static let peerClosed: Int32 = -24
  static let notFound: Int32 = -25
}

/// Signals by the numbers of the contract.
enum Signal {
  static let readable: UInt32 = 0x1
  static let writable: UInt32 = 0x2
  static let peerClosed: UInt32 = 0x4
  static let signaled: UInt32 = 0x8
  static let handleClosed: UInt32 = 0x80_0000
  static let user0: UInt32 = 0x100_0000
}

/// Bytes that one direction of a socket holds.
let socketCapacity = 264_160
/// Rights that a copy shares with its source.
let sameRights: UInt32 = 0x8000_0000
/// A deadline that never comes.
let infinite = Int64.max

/// A deadline so many milliseconds ahead.
func deadline(milliseconds: Int64) -> Int64 {
  zx_clock_get_monotonic() + milliseconds * 1_000_000
}

// MARK: Objects

/// Both ends of a new socket.
func makeSocket(datagram: Bool = false) -> (left: UInt32, right: UInt32) {
  var left: UInt32 = 0
  var right: UInt32 = 0
  check(zx_socket_create(datagram ? 1 : 0, &left, &right), "zx_socket_create")
  return (left, right)
}

/// A new event.
func makeEvent() -> UInt32 {
  var event: UInt32 = 0
  check(zx_event_create(0, &event), "zx_event_create")
  return event
}

/// Another handle to the same object.
func duplicate(_ handle: UInt32) -> UInt32 {
  var copy: UInt32 = 0
  check(zx_handle_duplicate(handle, sameRights, &copy), "zx_handle_duplicate")
  return copy
}

/// Closes a handle that must be live.
func close(handle: UInt32) { check(zx_handle_close(handle), "zx_handle_close") }

// MARK: Threads

/// A thread that runs a closure, to be joined once.
struct Thread: Sendable {
  private let id: pthread_t

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  init(_ run: @escaping @Sendable () -> Void) {
    var id = pthread_t()
    let body = Unmanaged.passRetained(Body(run)).toOpaque()
    let error = pthread_create(&id, nil, { Thread.enter($0) }, body)
    check(error == 0, "pthread_create: error \(error)")
    self.id = id
  }

  private static func enter(_ body: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let body else { return nil }
    Unmanaged<Body>.fromOpaque(body).takeRetainedValue().run()
    return nil
  }

  func join() {
    let error = pthread_join(id, nil)
    check(error == 0, "pthread_join: error \(error)")
  }
}

// MARK: What Linux says about this process

/// The contents of a small file below `/proc`; nothing if it cannot be read.
func contents(of path: String) -> [UInt8]? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var bytes = [UInt8](repeating: 0, count: 4096)
  let count = read(descriptor, &bytes, bytes.count)
  return count < 0 ? nil : Array(bytes.prefix(count))
}

/// Linux's number for the calling thread.
func threadNumber() -> Int32 {
  var bytes = [UInt8](repeating: 0, count: 256)
  let count = readlink("/proc/thread-self", &bytes, bytes.count)
  let path = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
  guard let last = path.split(separator: "/").last, let number = Int32(last) else {
    fail("/proc/thread-self")
  }
  return number
}

/// Whether a thread of this process sleeps: state S in its `stat`.
func isAsleep(thread: Int32) -> Bool {
  guard let bytes = contents(of: "/proc/self/task/\(thread)/stat"),
    let end = bytes.lastIndex(of: UInt8(ascii: ")")), end + 2 < bytes.count
  else { return false }
  return bytes[end + 2] == UInt8(ascii: "S")
}

/// Resident memory, in bytes.
func residentByteCount() -> Int {
  let text = String(decoding: contents(of: "/proc/self/statm") ?? [], as: UTF8.self)
  let fields = text.split(separator: " ")
  guard fields.count > 1, let pages = Int(fields[1]) else { fail("/proc/self/statm") }
  return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}

/// Open descriptors from `first` on, without the one used to look.
func descriptors(from first: Int32 = 0) -> [Int32] {
  guard let folder = opendir("/proc/self/fd") else { fail("/proc/self/fd") }
  defer { closedir(folder) }
  let own = dirfd(folder)
  var found: [Int32] = []
  while let entry = readdir(folder) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if let number = Int32(name), number != own, number >= first { found.append(number) }
  }
  return found
}

/// Both ends of a pipe, the reading one first; neither goes through exec.
func makePipe() -> [Int32] {
  var ends: [Int32] = [0, 0]
  check(pipe(&ends) == 0, "pipe: errno \(errno)")
  for end in ends { check(fcntl(end, F_SETFD, FD_CLOEXEC) == 0, "fcntl: errno \(errno)") }
  return ends
}
