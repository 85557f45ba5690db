import CZircon
import Glibc
import Testing

/// Status and count of one transfer; `untouched` shows that an error has left the count alone.
struct Answer: Equatable, Sendable, CustomTestStringConvertible {
  static let untouched = 99

  var status: zx_status_t
  var actual: Int

  static func ok(_ actual: Int) -> Answer { Answer(status: ZX_OK, actual: actual) }
  static func error(_ status: zx_status_t) -> Answer {
    Answer(status: status, actual: untouched)
  }

  var testDescription: String { "\(statusName(status)), actual \(actual)" }
}

/// An answer together with the bytes that came with it.
struct ReadAnswer: Equatable, Sendable, CustomTestStringConvertible {
  var answer: Answer
  var bytes: [UInt8]

  static func ok(_ bytes: [UInt8]) -> ReadAnswer {
    ReadAnswer(answer: .ok(bytes.count), bytes: bytes)
  }
  static func error(_ status: zx_status_t) -> ReadAnswer {
    ReadAnswer(answer: .error(status), bytes: [])
  }

  var testDescription: String { "\(answer.testDescription), \(bytes.prefix(16)) ..." }
}

func statusName(_ status: zx_status_t) -> String {
  zx_status_get_string(status).map { String(cString: $0) } ?? "\(status)"
}

func socketWrite(_ handle: zx_handle_t, _ bytes: [UInt8], options: UInt32 = 0) -> Answer {
  var actual = Answer.untouched
  let status = zx_socket_write(handle, options, bytes, bytes.count, &actual)
  return Answer(status: status, actual: actual)
}

func socketRead(_ handle: zx_handle_t, _ byteCount: Int, options: UInt32 = 0) -> ReadAnswer {
  var actual = Answer.untouched
  var status = ZX_OK
  // Room for one at least: without any, every array of the process has the same storage, and writing its
  // count there from two threads is a race.
  let bytes = [UInt8](unsafeUninitializedCapacity: max(byteCount, 1)) { buffer, count in
    // Not what an earlier test has left there, which might be what is expected.
    if let start = buffer.baseAddress { memset(start, 0xA5, byteCount) }
    status = zx_socket_read(handle, options, buffer.baseAddress, byteCount, &actual)
    count = status == ZX_OK ? min(actual, byteCount) : 0
  }
  return ReadAnswer(answer: Answer(status: status, actual: actual), bytes: bytes)
}

func socketPeek(_ handle: zx_handle_t, _ byteCount: Int) -> ReadAnswer {
  socketRead(handle, byteCount, options: ZX_SOCKET_PEEK)
}

/// Reproducible bytes with a long period, so that lost and swapped chunks show.
func bytePattern(_ byteCount: Int, from start: Int = 0) -> [UInt8] {
  let first = start % patternPeriod
  guard first + byteCount <= patternTable.count else {
    return (start..<start + byteCount).map { patternTable[$0 % patternPeriod] }
  }
  return [UInt8](patternTable[first..<first + byteCount])
}

/// A prime, so that no size of a buffer divides it.
private let patternPeriod = 65_521

/// Several periods, so that most patterns are a copy.
private let patternTable = (0..<12 * patternPeriod).map { index in
  UInt8(truncatingIfNeeded: ((index % patternPeriod) &* 2_654_435_761) >> 13)
}

/// Fills the direction out of `handle` to its last byte; on a datagram socket with one datagram.
func fillSocket(_ handle: zx_handle_t) throws {
  try #require(socketWrite(handle, bytePattern(socketCapacity)) == .ok(socketCapacity))
}

/// Writes `count` messages of one byte each, more than a Linux socket buffer holds when many.
func writeSingleBytes(_ handle: zx_handle_t, count: Int, from start: Int = 0) throws {
  for byte in bytePattern(count, from: start) {
    try #require(socketWrite(handle, [byte]) == .ok(1))
  }
}

/// Everything that a socket gave until it refused, and how it refused.
struct DrainAnswer: Equatable, Sendable, CustomTestStringConvertible {
  var bytes: [UInt8]
  var end: zx_status_t

  static func all(_ bytes: [UInt8], then end: zx_status_t = ZX_ERR_SHOULD_WAIT) -> DrainAnswer {
    DrainAnswer(bytes: bytes, end: end)
  }

  var testDescription: String {
    "\(bytes.count) bytes, \(bytes.prefix(16)) ..., then \(statusName(end))"
  }
}

/// Reads until an error, whole datagrams at a time.
func drainSocket(_ handle: zx_handle_t) -> DrainAnswer {
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: socketCapacity, alignment: 1)
  defer { buffer.deallocate() }
  var bytes: [UInt8] = []
  while true {
    var actual = 0
    let status = zx_socket_read(handle, 0, buffer.baseAddress, buffer.count, &actual)
    guard status == ZX_OK else { return DrainAnswer(bytes: bytes, end: status) }
    bytes += buffer[..<actual]
  }
}
