import CLinux
import CZircon
import Glibc
import TestSupport

/// Sends records that are nearly as they should be, with descriptors of all kinds, and uses whatever
/// handles come out at the other end.
package struct LinkFuzzer {
  private var random: Choices
  /// Ends of links that handles were made of.
  private var kept: [Int32] = []
  /// Handles that have come.
  private var handles: [zx_handle_t] = []
  /// How many handles have come in all.
  package private(set) var arrivedCount = 0
  /// How many links have ended.
  package private(set) var endedCount = 0

  /// Does what `choices` say.
  package init(_ choices: Choices) {
    random = choices
  }

  /// Sends so many records, over as many links as they end.
  ///
  /// - Throws: `SetUpError`, `Status` if the links cannot be made.
  package mutating func run(records: Int) throws {
    var stranger = try Stranger()
    for index in 0..<records {
      if index > 0 && random.hasEnded { break }
      let record = makeRecord()
      let target = chance(3) && !kept.isEmpty ? random.pick(kept) : nil
      sendRecord(target ?? stranger.socket, record.bytes, record.descriptors)
      for descriptor in record.descriptors { Glibc.close(descriptor) }
      if drain(stranger.channel) {
        stranger = try Stranger()
        endedCount += 1
      }
      useHandles()
    }
    for handle in handles { zx_handle_close(handle) }
    for descriptor in kept { Glibc.close(descriptor) }
    handles = []
    kept = []
  }

  private mutating func chance(_ one: Int) -> Bool { random.below(one) == 0 }

  private mutating func number(_ range: ClosedRange<Int>) -> Int {
    random.within(range)
  }

  private mutating func any() -> UInt64 {
    let edges: [UInt64] = [0, 1, 2, 255, 4095, 4096, 65_536, 1 << 31, 1 << 32, .max, .max >> 1]
    return chance(2) ? random.pick(edges) : random.next()
  }
}

// MARK: Records

private struct FuzzedRecord {
  var bytes: [UInt8] = []
  var descriptors: [Int32] = []
}

extension [UInt8] {
  fileprivate mutating func add<Number: FixedWidthInteger>(_ number: Number) {
    Swift.withUnsafeBytes(of: number) { append(contentsOf: $0) }
  }
}

extension LinkFuzzer {
  private mutating func makeRecord() -> FuzzedRecord {
    var record = FuzzedRecord()
    let kind = UInt16(chance(8) ? number(0...7) : 1)
    let flags = UInt16(chance(10) ? number(0...8) : 0)
    var records: [UInt8] = []
    let handleCount = kind == 1 ? (chance(20) ? 64 : number(0...3)) : 0
    for _ in 0..<handleCount { addHandle(to: &records, &record.descriptors) }
    if kind == 4 {
      for _ in 0..<number(1...5) { record.descriptors += makeDescriptor(number(0...8)) }
    }
    if kind == 5 || chance(40) { record.descriptors.append(contentsOf: makeDescriptor(0)) }
    let byteCount = chance(8) ? number(0...70_000) : number(0...64)
    record.bytes.add(chance(80) ? UInt32(truncatingIfNeeded: any()) : 0x314B_4C5A)
    record.bytes.add(kind)
    record.bytes.add(flags)
    record.bytes.add(chance(80) ? UInt32(truncatingIfNeeded: any()) : UInt32(handleCount))
    record.bytes.add(chance(80) ? UInt32(truncatingIfNeeded: any()) : UInt32(records.count))
    record.bytes.add(chance(80) ? UInt32(truncatingIfNeeded: any()) : UInt32(byteCount))
    record.bytes.add(chance(80) ? UInt32(1) : 0)
    record.bytes.add(kind == 2 && !chance(10) ? UInt64(number(0...255)) << 24 : any())
    record.bytes.add(kind == 2 && !chance(10) ? UInt64(number(0...255)) << 24 : any())
    let payload = records + (0..<byteCount).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    if flags & 1 != 0, chance(2) {
      record.descriptors.insert(makeMemory(payload, fixed: !chance(4)), at: 0)
    } else {
      record.bytes += payload
    }
    if chance(25) { record.bytes.removeLast(number(0...record.bytes.count)) }
    if chance(25), !record.bytes.isEmpty {
      let index = number(0...record.bytes.count - 1)
      record.bytes[index] ^= 1 << UInt8(number(0...7))
    }
    return record
  }

  private mutating func addHandle(to records: inout [UInt8], _ descriptors: inout [Int32]) {
    // Channel, event, socket, eventpair, fifo, memory, counter; at times another.
    let types: [UInt32] = [4, 5, 14, 16, 19, 3, 34]
    let type = chance(40) ? UInt32(number(0...40)) : random.pick(types)
    var lent: [Int32] = []
    var body: [UInt8] = []
    switch type {
    case 4:
      lent += makeDescriptor(0)
      if chance(3) { body = [1] }
    case 5:
      lent += makeDescriptor(10) + makeDescriptor(9)
    case 34:
      lent += makeDescriptor(12) + makeDescriptor(9)
    case 16:
      lent += makeDescriptor(2) + makeDescriptor(10) + makeDescriptor(9)
      body = [UInt8(number(0...1))]
    case 14:
      let kind = number(0...1)
      lent += makeDescriptor(kind == 0 ? 2 : 0) + makeDescriptor(3) + makeDescriptor(2)
      if chance(2) { lent += makeDescriptor(9) }
      body = [UInt8(kind), UInt8(number(0...1))]
    case 19:
      lent += makeDescriptor(2) + makeDescriptor(11) + makeDescriptor(9)
      for field in [number(0...1), number(1...64), number(1...64)] {
        body.add(UInt32(chance(50) ? number(0...1 << 31) : field))
      }
    case 3:
      lent += makeDescriptor(1)
      for field in [0, 4096, number(0...4096), number(0...3)] {
        body.add(chance(50) ? any() : UInt64(field))
      }
      body += [UInt8](repeating: 65, count: 32)
    default: break
    }
    if chance(40) { lent += makeDescriptor(number(0...8)) }
    if chance(40), !lent.isEmpty { Glibc.close(lent.removeLast()) }
    records.add(type)
    records.add(UInt32(chance(3) ? UInt32.max : 0xFFFF))
    records.add(any())
    records.add(any())
    records.add(UInt32(truncatingIfNeeded: any()))
    records.add(UInt32(chance(40) ? number(0...300) : lent.count))
    records.add(UInt32(chance(40) ? number(0...5_000) : body.count))
    records.add(UInt32(0))
    records += body
    descriptors += lent
  }

  /// One descriptor of a kind, or another at times; none if there is none to be had.
  private mutating func makeDescriptor(_ wanted: Int) -> [Int32] {
    let kind = chance(25) ? number(0...12) : wanted
    switch kind {
    case 0, 2:
      let type = kind == 0 ? SOCK_SEQPACKET : SOCK_STREAM
      guard let (ours, theirs) = try? rawSocketPair(type) else { return [] }
      if kept.count >= 16 { Glibc.close(kept.removeFirst()) }
      kept.append(theirs)
      return [ours]
    case 1:
      let content = (0..<4_096).map { _ in
        chance(50) ? UInt8(truncatingIfNeeded: random.next()) : 0
      }
      return [makeMemory(content, fixed: true)]
    case 3:
      let size = random.pick([4_096, 65_536, 528_384, 532_480, 1 << 20])
      return [makeMemory([UInt8](repeating: UInt8(number(0...255)), count: size), fixed: true)]
    case 4: return [makeMemory([UInt8](repeating: 0, count: 4_096), fixed: false)]
    case 9: return [Int32(clinux_common_bell_create())]
    case 10, 11, 12:
      let content = (0..<[4_096, 16_384, 8_192][kind - 10]).map { _ in
        chance(20) ? UInt8(truncatingIfNeeded: random.next()) : 0
      }
      return [makeMemory(content, fixed: true)]
    case 5: return [Int32(clinux_counter_create())]
    case 6: return [open("/dev/null", O_RDWR | O_CLOEXEC)]
    case 7: return [Int32(clinux_epoll_create())]
    default: return [socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0)]
    }
  }

  private func makeMemory(_ content: [UInt8], fixed: Bool) -> Int32 {
    let descriptor = Int32(clinux_memory_create(UInt64(content.count), fixed ? 1 : 0))
    _ = content.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    return descriptor
  }
}

// MARK: Use of what has come

extension LinkFuzzer {
  /// Reads all messages of a channel; true if it is closed at the other end and empty.
  private mutating func drain(_ channel: zx_handle_t) -> Bool {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    var arrived = [zx_handle_t](repeating: 0, count: 64)
    while true {
      var (byteCount, handleCount): (UInt32, UInt32) = (0, 0)
      let status = zx_channel_read(
        channel, 0, &bytes, &arrived, 65_536, 64, &byteCount, &handleCount)
      guard status == ZX_OK else { return status == ZX_ERR_PEER_CLOSED }
      handles += arrived.prefix(Int(handleCount))
      arrivedCount += Int(handleCount)
    }
  }

  private mutating func useHandles() {
    for handle in handles { use(handle) }
    while handles.count > 8 || (chance(3) && !handles.isEmpty) {
      let handle = handles.remove(at: number(0...handles.count - 1))
      if chance(2) { pass(on: handle) } else { zx_handle_close(handle) }
    }
  }

  /// Some calls of every kind; each answers a status, whatever the object.
  private mutating func use(_ handle: zx_handle_t) {
    var info = zx_info_handle_basic_t()
    zx_object_get_info(
      handle, ZX_INFO_HANDLE_BASIC, &info, MemoryLayout<zx_info_handle_basic_t>.size, nil, nil)
    var socketInfo = zx_info_socket_t()
    zx_object_get_info(
      handle, ZX_INFO_SOCKET, &socketInfo, MemoryLayout<zx_info_socket_t>.size, nil, nil)
    var observed: zx_signals_t = 0
    zx_object_wait_one(handle, .max, 0, &observed)
    zx_object_wait_one(handle, ZX_USER_SIGNAL_7, zx_deadline_after(1_000), &observed)
    zx_object_signal(handle, zx_signals_t(number(0...255)) << 24, zx_signals_t(1) << 25)
    zx_object_signal_peer(handle, 0, zx_signals_t(number(0...255)) << 24)
    var buffer = [UInt8](repeating: 5, count: 8_192)
    var actual = 0
    zx_channel_write(handle, 0, buffer, UInt32(number(0...8_192)), nil, 0)
    if info.type == ZX_OBJ_TYPE_CHANNEL { _ = drain(handle) }
    zx_socket_write(handle, 0, buffer, number(0...8_192), &actual)
    zx_socket_read(handle, UInt32(chance(2) ? ZX_SOCKET_PEEK : 0), &buffer, 8_192, &actual)
    zx_socket_set_disposition(handle, UInt32(number(0...2)), UInt32(number(0...2)))
    let size = number(1...64)
    zx_fifo_write(handle, size, buffer, 4, &actual)
    zx_fifo_read(handle, size, &buffer, 4, &actual)
    zx_vmo_read(handle, &buffer, UInt64(number(0...5_000)), 64)
    zx_vmo_write(handle, buffer, UInt64(number(0...5_000)), 64)
  }

  /// Sends a handle on, through a channel that goes away at once or after it was taken out.
  private mutating func pass(on handle: zx_handle_t) {
    guard let stranger = try? Stranger() else { return }
    var one = handle
    zx_channel_write(stranger.channel, 0, nil, 0, &one, 1)
  }
}
