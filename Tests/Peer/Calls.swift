import CLinux
import CZircon
import Glibc
import TwoEnds
import ZirconKernel
import ZirconLinux

/// Performs what a test orders.
func perform(_ order: PeerMessage, _ arena: inout Arena) -> PeerMessage {
  var words = order.words
  guard let call = PeerCall(rawValue: words[0]) else { fatalError("unknown order") }
  let regionCount = Int(words[9])
  let pointerCount = Int(words[10])
  var regions: [PeerRegion] = []
  var places: [UnsafeMutableRawPointer?] = []
  var offsets: [Int] = []
  var offset = 0
  order.bytes.withUnsafeBytes { bytes in
    for index in 0..<regionCount {
      let start = 11 + index * PeerRegion.wordCount
      let region = PeerRegion(words: words[start..<start + PeerRegion.wordCount])
      let contents = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + region.readable])
      let place = arena.place(region, index, contents)
      if region.argument < 8 { words[1 + region.argument] = UInt64(UInt(bitPattern: place)) }
      regions.append(region)
      places.append(place)
      offsets.append(offset)
      offset += region.readable
    }
  }
  let firstPointer = 11 + regionCount * PeerRegion.wordCount
  for index in 0..<pointerCount {
    let start = firstPointer + 3 * index
    let (region, target) = (Int(words[start]), Int(words[start + 2]))
    let field = places[region]?.advanced(by: Int(words[start + 1]))
    field?.storeBytes(of: UInt(bitPattern: places[target]), as: UInt.self)
  }
  let status = call.perform(Arguments(words: Array(words[1...8])))
  arena.unprotect()
  var answer = PeerMessage()
  answer.words = [UInt64(UInt32(bitPattern: status))]
  for (index, region) in regions.enumerated() where region.isStoredTo && region.writable > 0 {
    guard let place = places[index] else { continue }
    let now = UnsafeRawBufferPointer(start: place, count: region.writable)
    let changed: Range<Int>? = order.bytes.withUnsafeBytes { bytes in
      let before = UnsafeRawBufferPointer(rebasing: bytes[offsets[index]...].prefix(now.count))
      guard let a = now.baseAddress, let b = before.baseAddress, memcmp(a, b, now.count) != 0
      else { return nil }
      let first = zip(now, before).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      return (first ?? 0)..<lastDifference(now, before)
    }
    guard let changed else { continue }
    answer.words += [UInt64(index), UInt64(changed.lowerBound), UInt64(changed.count)]
    answer.bytes += now[changed]
  }
  return answer
}

/// Where the last byte ends that is not the same.
private func lastDifference(_ now: UnsafeRawBufferPointer, _ before: UnsafeRawBufferPointer) -> Int
{
  var end = now.count
  while end > 0, now[end - 1] == before[end - 1] { end -= 1 }
  return end
}

/// The arguments of a call as what they are.
struct Arguments {
  let words: [UInt64]

  subscript(index: Int) -> UInt32 { UInt32(truncatingIfNeeded: words[index]) }
  func size(_ index: Int) -> Int { Int(truncatingIfNeeded: words[index]) }
  func time(_ index: Int) -> Int64 { Int64(bitPattern: words[index]) }
  func raw(_ index: Int) -> UnsafeMutableRawPointer? {
    UnsafeMutableRawPointer(bitPattern: UInt(words[index]))
  }
  func out<Value>(_ index: Int) -> UnsafeMutablePointer<Value>? {
    UnsafeMutablePointer(bitPattern: UInt(words[index]))
  }
  func array<Value>(_ index: Int) -> UnsafePointer<Value>? {
    UnsafePointer(bitPattern: UInt(words[index]))
  }
}

extension PeerCall {
  fileprivate func perform(_ a: Arguments) -> Int32 {
    switch self {
    case .socketCreate: zx_socket_create(a[0], a.out(1), a.out(2))
    case .socketWrite: zx_socket_write(a[0], a[1], a.raw(2), a.size(3), a.out(4))
    case .socketRead: zx_socket_read(a[0], a[1], a.raw(2), a.size(3), a.out(4))
    case .socketSetDisposition: zx_socket_set_disposition(a[0], a[1], a[2])
    case .socketShutdown: zx_socket_shutdown(a[0], a[1])
    case .vectorWrite: zxl_socket_writev(a[0], a[1], a.array(2), a.size(3), a.out(4))
    case .vectorRead: zxl_socket_readv(a[0], a[1], a.array(2), a.size(3), a.out(4))
    case .batch: zxl_socket_batch(a.out(0), a.size(1))
    case .waitOne: zx_object_wait_one(a[0], a[1], a.time(2), a.out(3))
    case .waitMany: zx_object_wait_many(a.out(0), a.size(1), a.time(2))
    case .signal: zx_object_signal(a[0], a[1], a[2])
    case .signalPeer: zx_object_signal_peer(a[0], a[1], a[2])
    case .getInfo: zx_object_get_info(a[0], a[1], a.raw(2), a.size(3), a.out(4), a.out(5))
    case .getProperty: zx_object_get_property(a[0], a[1], a.raw(2), a.size(3))
    case .setProperty: zx_object_set_property(a[0], a[1], a.raw(2), a.size(3))
    case .close: zx_handle_close(a[0])
    case .closeMany: zx_handle_close_many(a.array(0), a.size(1))
    case .duplicate: zx_handle_duplicate(a[0], a[1], a.out(2))
    case .replace: zx_handle_replace(a[0], a[1], a.out(2))
    case .checkValid: zx_handle_check_valid(a[0])
    case .eventCreate: zx_event_create(a[0], a.out(1))
    case .eventPairCreate: zx_eventpair_create(a[0], a.out(1), a.out(2))
    case .channelCreate: zx_channel_create(a[0], a.out(1), a.out(2))
    case .channelWrite: zx_channel_write(a[0], a[1], a.raw(2), a[3], a.array(4), a[5])
    case .channelRead:
      zx_channel_read(a[0], a[1], a.raw(2), a.out(3), a[4], a[5], a.out(6), a.out(7))
    case .thread: Int32(clinux_thread_number())
    case .bootstrap: Int32(bitPattern: bootstrapHandle)
    case .setBufferRequest: Self.setBufferRequest(a.size(0))
    case .queueShape: Self.storeShape(of: a[0], a.raw(1))
    }
  }

  private static func setBufferRequest(_ byteCount: Int) -> Int32 {
    SendBuffer.request = byteCount
    return ZX_OK
  }

  private static func storeShape(
    of handle: zx_handle_t, _ place: UnsafeMutableRawPointer?
  ) -> Int32 {
    guard let shape = try? Kernel.current.socketQueueShape(of: HandleValue(rawValue: handle)) else {
      return ZX_ERR_BAD_HANDLE
    }
    let words = [shape.kernelBytes, shape.ringBytes, shape.ringIsWrapped ? 1 : 0]
    words.withUnsafeBytes {
      guard let base = $0.baseAddress else { return }
      place?.copyMemory(from: base, byteCount: $0.count)
    }
    return ZX_OK
  }
}

/// The peer's end of the channel between it and the test.
private let bootstrapHandle: zx_handle_t = adoptBootstrap(PeerDescriptor.bootstrap)
