import Glibc
import ZirconLinux

/// One end of a Unix socket pair, open as long as this lives.
final class OpenEnd: Sendable {
  let descriptor: Descriptor

  init(_ descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }
}

let kinds: [SocketKind] = [.stream, .datagram]

func makePair(_ kind: SocketKind) throws(Errno) -> (OpenEnd, OpenEnd) {
  try Descriptor.withSocketPair(kind) { (OpenEnd($0), OpenEnd($1)) }
}

/// An end whose other end has done something and was then closed.
func lonelyEnd(_ kind: SocketKind, after last: (OpenEnd, OpenEnd) -> Void = { _, _ in })
  throws(Errno) -> OpenEnd
{
  let (survivor, other) = try makePair(kind)
  last(survivor, other)
  return survivor
}

/// What `body` comes to, to be compared.
func outcome<Value>(_ body: () throws(Errno) -> Value) -> Result<Value, Errno> {
  do throws(Errno) { return .success(try body()) } catch { return .failure(error) }
}

func send(_ end: OpenEnd, _ bytes: [UInt8]) -> Result<Int, Errno> {
  bytes.withUnsafeBytes { bytes in
    outcome { () throws(Errno) in
      try UserIn(bytes.baseAddress, byteCount: bytes.count)
        .send(through: end.descriptor, from: 0, count: bytes.count)
    }
  }
}

/// What one receive answers, and the bytes it stored.
func receive(
  _ end: OpenEnd, upTo byteCount: Int, _ options: ReceiveOptions = .take
) -> (answer: Result<Int, Errno>, bytes: [UInt8]) {
  var bytes = [UInt8](repeating: 0, count: byteCount)
  let answer = bytes.withUnsafeMutableBytes { bytes in
    outcome { () throws(Errno) in
      try UserOut(bytes.baseAddress, byteCount: byteCount)
        .receive(through: end.descriptor, to: 0, count: byteCount, options)
    }
  }
  let count = min((try? answer.get()) ?? 0, byteCount)
  return (answer, [UInt8](bytes.prefix(count)))
}

extension Errno {
  static var brokenPipe: Errno { Errno(rawValue: EPIPE) }
}
