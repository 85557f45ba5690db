import CZircon
import Glibc
import Synchronization
import TestSupport

/// Handles that all threads use and exchange.
private final class SharedHandles: Sendable {
  static let count = 48
  private let values: [Box]
  let isOver = Atomic<Bool>(false)
  let calls = Atomic<Int>(0)
  let refused = Atomic<Int>(0)

  private final class Box: Sendable {
    let value = Atomic<UInt32>(0)
  }

  init() { values = (0..<SharedHandles.count).map { _ in Box() } }

  subscript(index: Int) -> UInt32 { values[index].value.load(ordering: .relaxed) }

  /// Puts `value` in and gives out what was there.
  func exchange(_ index: Int, _ value: UInt32) -> UInt32 {
    values[index].value.exchange(value, ordering: .acquiringAndReleasing)
  }
}

/// Four threads make every call of this library with random arguments, good and bad, on handles
/// that they share, close under each other and replace: nothing crashes, nothing hangs.
///
/// Meant for builds with a sanitizer. `seconds` says for how long.
func fullRange(_ seconds: Int) {
  startWatchdog(seconds: 60 + seconds * 3)
  let shared = SharedHandles()
  let seed = UInt64(bitPattern: zx_clock_get_monotonic())
  print("full-range: seed \(seed)")
  let threads = (0..<4).map { index in
    Thread {
      var caller = RandomCaller(seed: seed &+ UInt64(index), shared)
      caller.run()
    }
  }
  let end = zx_clock_get_monotonic() + Int64(seconds) * 1_000_000_000
  check(zx_nanosleep(end), "zx_nanosleep")
  shared.isOver.store(true, ordering: .releasing)
  for thread in threads { thread.join() }
  for index in 0..<SharedHandles.count { _ = zx_handle_close(shared.exchange(index, 0)) }
  let calls = shared.calls.load(ordering: .relaxed)
  let refused = shared.refused.load(ordering: .relaxed)
  print("full-range: \(calls) calls by 4 threads, \(refused) refused")
  check(calls > 0, "no call was made")
}

/// One thread's random calls.
private struct RandomCaller {
  private var random: SplitMix64
  private let shared: SharedHandles
  private let buffer: UnsafeMutableRawBufferPointer
  private var calls = 0
  private var refused = 0

  init(seed: UInt64, _ shared: SharedHandles) {
    random = SplitMix64(seed: seed)
    self.shared = shared
    buffer = .allocate(byteCount: 1 << 19, alignment: 16)
    buffer.initializeMemory(as: UInt8.self, repeating: 0x5A)
  }

  mutating func run() {
    while !shared.isOver.load(ordering: .acquiring) { note(call()) }
    buffer.deallocate()
    shared.calls.add(calls, ordering: .relaxed)
    shared.refused.add(refused, ordering: .relaxed)
  }

  private mutating func note(_ status: Int32) {
    calls += 1
    if status != Status.ok { refused += 1 }
    check(status <= 0 && status > -1000, "status \(status)")
  }

  // MARK: Arguments

  private mutating func handle() -> UInt32 {
    switch random.below(40) {
    case 0: 0
    case 1: UInt32(truncatingIfNeeded: random.next())
    case 2: shared[random.below(SharedHandles.count)] & ~3
    default: shared[random.below(SharedHandles.count)]
    }
  }

  private mutating func word() -> UInt32 {
    switch random.below(4) {
    case 0: 0
    case 1: UInt32(truncatingIfNeeded: random.next())
    case 2: 1 << UInt32(random.below(32))
    default: UInt32(random.below(4))
    }
  }

  private mutating func option() -> UInt32 { random.below(10) == 0 ? word() : 0 }

  private mutating func size() -> Int {
    switch random.below(8) {
    case 0: 0
    case 1: random.below(buffer.count)
    case 2: random.below(100) == 0 ? Int(bitPattern: UInt(random.next())) : 1
    default: random.below(3000)
    }
  }

  /// Memory for `size` bytes, or an address that is none.
  private mutating func pointer(_ size: Int) -> UnsafeMutableRawPointer? {
    switch random.below(20) {
    case 0: return nil
    case 1: return UnsafeMutableRawPointer(bitPattern: 1)
    case 2: return UnsafeMutableRawPointer(bitPattern: 0xDEAD_0000_0000_0000 as UInt)
    default:
      let most = max(0, buffer.count - max(0, min(size, buffer.count)))
      return buffer.baseAddress.map { $0 + random.below(most + 1) }
    }
  }

  private mutating func out<Value>(_ type: Value.Type) -> UnsafeMutablePointer<Value>? {
    pointer(16)?.assumingMemoryBound(to: type)
  }

  private mutating func rights() -> UInt32 {
    switch random.below(5) {
    case 0: word()
    case 1: 0x10_F0CF & ~word()
    default: sameRights
    }
  }

  /// A moment that is past, now, or a millisecond ahead: no wait is long.
  private mutating func moment() -> Int64 {
    switch random.below(6) {
    case 0: Int64.min
    case 1: zx_deadline_after(Int64(random.below(1_000_000)))
    default: 0
    }
  }

  // MARK: Calls

  private mutating func call() -> Int32 {
    switch random.below(34) {
    case 0...5: writeOrRead()
    case 6...11: writeOrRead()
    case 12: zx_socket_set_disposition(handle(), word() & 7, word() & 7)
    case 13: zx_socket_set_disposition(handle(), 2, 2)
    case 14: random.below(20) == 0 ? zx_socket_shutdown(handle(), word()) : close()
    case 15, 16: makeSocket()
    case 17: makeEvent()
    case 18: duplicate()
    case 19: replace()
    case 20: closeMany()
    case 21: zx_handle_check_valid(handle())
    case 22: zx_object_signal(handle(), word() << 24, word() << 24 | word() & 8)
    case 23: zx_object_signal_peer(handle(), word() << 24, word() << 24)
    case 24, 25: zx_object_wait_one(handle(), word(), moment(), out(UInt32.self))
    case 26: waitMany()
    case 27: getInfo()
    case 28: property()
    case 29: vector()
    case 30: batch()
    case 31: other()
    default: close()
    }
  }

  private mutating func writeOrRead() -> Int32 {
    let size = size()
    let memory = pointer(size)
    let isLong = size < 0 || size > buffer.count
    let options = option()
    let actual = out(Int.self)
    if random.below(2) == 0 {
      // A longer read than there is memory would be the caller's own fault.
      return zx_socket_read(
        handle(), options | UInt32(random.below(4) == 0 ? 8 : 0), memory,
        isLong && memory != nil ? Int(UInt32.max) + 1 : size, actual)
    }
    return zx_socket_write(handle(), options, memory, isLong ? Int(UInt32.max) + 1 : size, actual)
  }

  /// Keeps a new handle and closes the one it takes the place of.
  private mutating func keep(_ handle: UInt32) {
    let old = shared.exchange(random.below(SharedHandles.count), handle)
    note(zx_handle_close(old))
  }

  private mutating func makeSocket() -> Int32 {
    var left: UInt32 = 0
    var right: UInt32 = 0
    let status = zx_socket_create(
      UInt32(random.below(random.below(10) == 0 ? 4 : 2)), &left, &right)
    if status == Status.ok {
      keep(left)
      keep(right)
    }
    note(zx_socket_create(word() | 2, out(UInt32.self), out(UInt32.self)))
    return status
  }

  private mutating func makeEvent() -> Int32 {
    var left: UInt32 = 0
    var right: UInt32 = 0
    let isPair = random.below(2) == 0
    let status =
      isPair ? zx_eventpair_create(option(), &left, &right) : zx_event_create(option(), &left)
    if status == Status.ok {
      keep(left)
      if isPair { keep(right) }
    }
    return status
  }

  private mutating func duplicate() -> Int32 {
    var copy: UInt32 = 0
    let status = zx_handle_duplicate(handle(), rights(), &copy)
    if status == Status.ok { keep(copy) }
    return status
  }

  private mutating func replace() -> Int32 {
    var copy: UInt32 = 0
    let status = zx_handle_replace(handle(), rights(), &copy)
    if status == Status.ok { keep(copy) }
    return status
  }

  private mutating func close() -> Int32 {
    random.below(3) == 0
      ? zx_handle_close(shared.exchange(random.below(SharedHandles.count), 0))
      : zx_handle_close(handle() & ~1)
  }

  private mutating func closeMany() -> Int32 {
    if random.below(4) == 0 { return zx_handle_close_many(UnsafePointer(bitPattern: 1), size()) }
    let values = [0, shared.exchange(random.below(SharedHandles.count), 0), handle() & ~2]
    return zx_handle_close_many(values, values.count)
  }

  private mutating func waitMany() -> Int32 {
    var items = (0..<random.below(6)).map { _ in
      zx_wait_item_t(handle: handle(), waitfor: word(), pending: 0)
    }
    if random.below(10) == 0 { return zx_object_wait_many(nil, random.below(70), 0) }
    return zx_object_wait_many(&items, items.count, moment())
  }

  private mutating func getInfo() -> Int32 {
    let topics: [UInt32] = [1, 2, 19, 22, 0, 999, 22 | 1 << 28]
    return zx_object_get_info(
      handle(), topics[random.below(topics.count)], pointer(64), random.below(64), out(Int.self),
      out(Int.self))
  }

  private mutating func property() -> Int32 {
    let properties: [UInt32] = [3, 12, 13, 12, 13, 77]
    let property = properties[random.below(properties.count)]
    if random.below(2) == 0 {
      return zx_object_get_property(handle(), property, pointer(64), random.below(40))
    }
    var value = random.below(300_000)
    return zx_object_set_property(handle(), property, &value, random.below(4) == 0 ? 4 : 8)
  }

  private mutating func vector() -> Int32 {
    let vector = (0..<random.below(6)).map { _ in
      zx_iovec_t(buffer: pointer(4000), capacity: random.below(4000))
    }
    let actual = out(Int.self)
    return random.below(2) == 0
      ? zxl_socket_writev(handle(), option(), vector, vector.count, actual)
      : zxl_socket_readv(handle(), option(), vector, vector.count, actual)
  }

  private mutating func batch() -> Int32 {
    if random.below(10) == 0 {
      return zxl_socket_batch(UnsafeMutablePointer(bitPattern: 1), random.below(5000))
    }
    var operations = (0..<random.below(20)).map { _ in
      zxl_socket_op_t(
        op: UInt32(random.below(2)), handle: handle(), options: option(), status: 0,
        buffer: pointer(4000), size: random.below(4000), actual: 0)
    }
    return zxl_socket_batch(&operations, operations.count)
  }

  private mutating func other() -> Int32 {
    switch random.below(9) {
    case 0: return zx_nanosleep(moment())
    case 1: return zx_ticks_get() > 0 && zx_ticks_per_second() > 0 ? 0 : -1
    case 2: return zx_system_get_page_size() > 0 ? 0 : -1
    case 3: return zx_system_get_num_cpus() > 0 ? 0 : -1
    case 4:
      zx_cprng_draw(buffer.baseAddress, random.below(300))
      return 0
    case 5: return zx_status_get_string(Int32(truncatingIfNeeded: random.next())) == nil ? -1 : 0
    case 6: return zx_clock_get_monotonic() > 0 ? 0 : -1
    case 7: return zx_system_get_version_string().length > 0 ? 0 : -1
    default:
      var info = zxl_backend_info_t()
      return zxl_backend_get_info(&info)
    }
  }
}
