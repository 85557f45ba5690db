import CZircon
import TestSupport
import Testing

private let v1 = UInt64(1) << 58
private let v2 = UInt64(2) << 58

private func clock(_ options: UInt64, backstop: Int64? = nil) throws -> OwnedHandle {
  var handle = ZX_HANDLE_INVALID
  if let backstop {
    var args = zx_clock_create_args_v1_t(backstop_time: backstop)
    try #require(zx_clock_create(options | v1, &args, &handle) == ZX_OK)
  } else {
    try #require(zx_clock_create(options, nil, &handle) == ZX_OK)
  }
  return OwnedHandle(owning: handle)
}

private func read(_ handle: zx_handle_t) -> Int64? {
  var now: zx_time_t = -1
  return zx_clock_read(handle, &now) == ZX_OK ? now : nil
}

/// Updates with the first version's record.
private func update(
  _ handle: zx_handle_t, _ options: UInt64, value: Int64 = 0, rate: Int32 = 0, bound: UInt64 = 0
) -> zx_status_t {
  var args = zx_clock_update_args_v1_t()
  args.value = value
  args.rate_adjust = rate
  args.error_bound = bound
  return zx_clock_update(handle, options | v1, &args)
}

private func updateBoth(
  _ handle: zx_handle_t, _ options: UInt64, synthetic: Int64 = 0, reference: Int64 = 0,
  rate: Int32 = 0
) -> zx_status_t {
  var args = zx_clock_update_args_v2_t()
  args.synthetic_value = synthetic
  args.reference_value = reference
  args.rate_adjust = rate
  return zx_clock_update(handle, options | v2, &args)
}

private func details(_ handle: zx_handle_t) throws -> zx_clock_details_v1_t {
  var details = zx_clock_details_v1_t()
  try #require(zx_clock_get_details(handle, v1, &details) == ZX_OK)
  return details
}

private let setValue = ZX_CLOCK_UPDATE_OPTION_VALUE_VALID
private let setRate = ZX_CLOCK_UPDATE_OPTION_RATE_ADJUST_VALID
private let setBound = ZX_CLOCK_UPDATE_OPTION_ERROR_BOUND_VALID
private let setReference = ZX_CLOCK_UPDATE_OPTION_REFERENCE_VALUE_VALID

/// Source: `zx_clock_create`, `zx_clock_read`, `zx_clock_get_details`, `zx_clock_update`.
@Suite("clock objects") struct ClockObjectTests {
  // MARK: Creation

  @Test(arguments: [UInt64(0), 1, 3, 4, 5, 7, 8, 15])
  func `type, rights and signals of a new clock`(options: UInt64) throws {
    let clock = try clock(options)
    let info = try basicInfo(of: clock.value)
    #expect(info.type == ZX_OBJ_TYPE_CLOCK)
    #expect(info.rights == 0xD0CF)
    #expect(info.related_koid == 0)
    #expect(signals(of: clock.value) == (options & 4 != 0 ? ZX_CLOCK_STARTED : 0))
  }

  @Test func `a mappable clock has the right to be mapped`() throws {
    let clock = try clock(ZX_CLOCK_OPT_MAPPABLE)
    #expect(try basicInfo(of: clock.value).rights == 0xD0EF)
  }

  @Test(arguments: [UInt64(2), 6, 32, 1 << 57, 3 << 58, 63 << 58])
  func `CONTINUOUS alone, unknown bits and versions are INVALID_ARGS`(options: UInt64) {
    var handle: zx_handle_t = 77
    var args = zx_clock_create_args_v1_t()
    #expect(zx_clock_create(options, nil, &handle) == ZX_ERR_INVALID_ARGS)
    if options < 1 << 58 {
      #expect(zx_clock_create(options | v1, &args, &handle) == ZX_ERR_INVALID_ARGS)
    }
    #expect(handle == 77)
  }

  @Test func `a negative backstop, or one in the future of a started clock, is INVALID_ARGS`() {
    var handle: zx_handle_t = 77
    var args = zx_clock_create_args_v1_t(backstop_time: -1)
    #expect(zx_clock_create(v1, &args, &handle) == ZX_ERR_INVALID_ARGS)
    args.backstop_time = zx_clock_get_monotonic() + 1_000_000_000_000
    #expect(zx_clock_create(v1 | 4, &args, &handle) == ZX_ERR_INVALID_ARGS)
    #expect(handle == 77)
  }

  @Test func `arguments without a version are INVALID_ARGS`() {
    var handle: zx_handle_t = 77
    var args = zx_clock_create_args_v1_t()
    #expect(zx_clock_create(0, &args, &handle) == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: BadAddress.unreadable)
  func `arguments that cannot be read are INVALID_ARGS`(address: BadAddress) throws {
    var handle: zx_handle_t = 77
    let bad = try BadMemory(address, byteCount: 8)
    #expect(zx_clock_create(v1, bad.pointer, &handle) == ZX_ERR_INVALID_ARGS)
    #expect(handle == 77)
  }

  @Test(arguments: BadAddress.unwritable)
  func `a bad out is INVALID_ARGS`(address: BadAddress) throws {
    let bad = try BadMemory(address, byteCount: 4)
    let status = zx_clock_create(0, nil, bad.bound(to: zx_handle_t.self))
    #expect(status == ZX_ERR_INVALID_ARGS)
  }

  // MARK: Reading

  @Test(arguments: [Int64(0), 1, 1_000_000_000, Int64.max])
  func `a clock never updated reads as its backstop`(backstop: Int64) throws {
    let clock = try clock(0, backstop: backstop)
    #expect(read(clock.value) == backstop)
    #expect(read(clock.value) == backstop)
  }

  @Test func `AUTO_START: a copy of the monotonic or the boot clock`() throws {
    let mono = try clock(ZX_CLOCK_OPT_AUTO_START)
    let before = zx_clock_get_monotonic()
    let now = try #require(read(mono.value))
    #expect(before <= now && now <= zx_clock_get_monotonic())
    let boot = try clock(ZX_CLOCK_OPT_AUTO_START | ZX_CLOCK_OPT_BOOT)
    let bootBefore = zx_clock_get_boot()
    let bootNow = try #require(read(boot.value))
    #expect(bootBefore <= bootNow && bootNow <= zx_clock_get_boot())
  }

  @Test func `reading: BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED, then the pointer`() throws {
    let clock = try clock(0)
    let bare = try OwnedHandle(duplicating: clock.value, rights: ZX_RIGHT_WRITE)
    let event = try OwnedHandle.event()
    for (handle, status) in [
      (try staleHandle(), ZX_ERR_BAD_HANDLE), (event.value, ZX_ERR_WRONG_TYPE),
      (bare.value, ZX_ERR_ACCESS_DENIED), (clock.value, ZX_ERR_INVALID_ARGS),
    ] {
      #expect(zx_clock_read(handle, nil) == status)
    }
  }

  @Test(arguments: BadAddress.unwritable)
  func `reading to a bad pointer is INVALID_ARGS`(address: BadAddress) throws {
    let clock = try clock(0)
    let bad = try BadMemory(address, byteCount: 8)
    #expect(zx_clock_read(clock.value, bad.bound(to: Int64.self)) == ZX_ERR_INVALID_ARGS)
  }

  // MARK: Updates

  @Test func `the first update starts the clock at its value`() throws {
    let clock = try clock(0)
    #expect(update(clock.value, setValue, value: 5_000) == ZX_OK)
    #expect(signals(of: clock.value) == ZX_CLOCK_STARTED)
    let first = try #require(read(clock.value))
    #expect(first >= 5_000 && first < 5_000 + 30_000_000_000)
    let mono = zx_clock_get_monotonic()
    #expect(zx_nanosleep(mono + 2_000_000) == ZX_OK)
    #expect(try #require(read(clock.value)) >= first + 2_000_000)
  }

  @Test func `a first update without a value is BAD_STATE`() throws {
    let clock = try clock(0)
    #expect(update(clock.value, setRate, rate: 5) == ZX_ERR_BAD_STATE)
    #expect(update(clock.value, setBound, bound: 5) == ZX_ERR_BAD_STATE)
    #expect(signals(of: clock.value) == 0)
  }

  @Test func `UPDATED is seen by a waiter and not left behind`() throws {
    let clock = try clock(ZX_CLOCK_OPT_AUTO_START)
    let value = clock.value
    let waiter = try TestThread { () -> (zx_status_t, zx_signals_t) in
      var observed: zx_signals_t = 0
      let status = zx_object_wait_one(value, ZX_CLOCK_UPDATED, farDeadline(), &observed)
      return (status, observed)
    }
    #expect(waiter.waitUntilAsleep())
    #expect(update(value, setBound, bound: 7) == ZX_OK)
    let (status, observed) = try #require(waiter.join())
    #expect(status == ZX_OK)
    #expect(observed == ZX_CLOCK_STARTED | ZX_CLOCK_UPDATED)
    #expect(signals(of: value) == ZX_CLOCK_STARTED)
  }

  @Test func `below the backstop is INVALID_ARGS and changes nothing`() throws {
    let clock = try clock(0, backstop: 1_000)
    #expect(update(clock.value, setValue, value: 999) == ZX_ERR_INVALID_ARGS)
    #expect(read(clock.value) == 1_000)
    #expect(update(clock.value, setValue, value: 1_000) == ZX_OK)
  }

  @Test func `a monotonic clock does not go back, another may`() throws {
    let free = try clock(0)
    #expect(update(free.value, setValue, value: 1_000_000_000_000) == ZX_OK)
    #expect(update(free.value, setValue, value: 5) == ZX_OK)
    let mono = try clock(ZX_CLOCK_OPT_MONOTONIC)
    #expect(update(mono.value, setValue, value: 1_000_000_000_000) == ZX_OK)
    #expect(update(mono.value, setValue, value: 5) == ZX_ERR_INVALID_ARGS)
    #expect(update(mono.value, setValue, value: 2_000_000_000_000) == ZX_OK)
  }

  @Test func `a continuous clock is set once`() throws {
    let clock = try clock(ZX_CLOCK_OPT_MONOTONIC | ZX_CLOCK_OPT_CONTINUOUS)
    #expect(update(clock.value, setValue, value: 5) == ZX_OK)
    #expect(update(clock.value, setValue, value: 1 << 60) == ZX_ERR_INVALID_ARGS)
    #expect(update(clock.value, setRate, rate: 100) == ZX_OK)
  }

  @Test(arguments: [Int32(-1000), -1, 0, 1, 1000])
  func `the rate is kept in parts of a million`(rate: Int32) throws {
    let clock = try clock(0)
    #expect(update(clock.value, setValue | setRate, value: 0, rate: rate) == ZX_OK)
    let details = try details(clock.value)
    #expect(details.reference_to_synthetic.rate.synthetic_ticks == UInt32(1_000_000 + rate))
    #expect(details.reference_to_synthetic.rate.reference_ticks == 1_000_000)
  }

  @Test func `a clock at another rate goes by that rate`() throws {
    let clock = try clock(0)
    let start = zx_clock_get_monotonic()
    #expect(
      updateBoth(
        clock.value, setValue | setReference | setRate, synthetic: 0,
        reference: start - 1_000_000_000_000, rate: 1000) == ZX_OK)
    let now = try #require(read(clock.value))
    // A thousand seconds at 1000 parts in a million are one second more.
    #expect(now >= 1_001_000_000_000 && now < 1_002_000_000_000)
  }

  @Test func `the second version's rules for a started monotonic clock`() throws {
    let clock = try clock(ZX_CLOCK_OPT_MONOTONIC | ZX_CLOCK_OPT_AUTO_START)
    let now = zx_clock_get_monotonic()
    #expect(updateBoth(clock.value, setValue, synthetic: now * 2) == ZX_ERR_INVALID_ARGS)
    #expect(
      updateBoth(clock.value, setRate | setReference, reference: now, rate: 5)
        == ZX_ERR_INVALID_ARGS)
    #expect(
      updateBoth(
        clock.value, setRate | setValue | setReference, synthetic: now * 2, reference: now, rate: 5)
        == ZX_ERR_INVALID_ARGS)
    #expect(
      updateBoth(clock.value, setValue | setReference, synthetic: now * 2, reference: now) == ZX_OK)
    #expect(updateBoth(clock.value, setRate, rate: 5) == ZX_OK)
  }

  @Test func `a reference alone is INVALID_ARGS, and always in the first version`() throws {
    let clock = try clock(ZX_CLOCK_OPT_AUTO_START)
    #expect(updateBoth(clock.value, setReference, reference: 5) == ZX_ERR_INVALID_ARGS)
    #expect(updateBoth(clock.value, setReference | setBound) == ZX_ERR_INVALID_ARGS)
    #expect(update(clock.value, setReference | setValue, value: 5) == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: [UInt64(0), 16, 1 << 57])
  func `no option or an unknown one is INVALID_ARGS before the handle`(options: UInt64) {
    #expect(update(0, options) == ZX_ERR_INVALID_ARGS)
    #expect(updateBoth(0, options) == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: [Int32(-1001), 1001, .min, .max])
  func `a rate out of range is INVALID_ARGS before the handle`(rate: Int32) {
    #expect(update(0, setRate, rate: rate) == ZX_ERR_INVALID_ARGS)
    // Not if the rate does not count.
    #expect(update(0, setValue, rate: rate) == ZX_ERR_BAD_HANDLE)
  }

  @Test func `updating: BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED`() throws {
    let clock = try clock(0)
    let bare = try OwnedHandle(duplicating: clock.value, rights: ZX_RIGHT_READ)
    let event = try OwnedHandle.event()
    for (handle, status) in [
      (try staleHandle(), ZX_ERR_BAD_HANDLE), (event.value, ZX_ERR_WRONG_TYPE),
      (bare.value, ZX_ERR_ACCESS_DENIED), (clock.value, ZX_ERR_BAD_STATE),
    ] {
      #expect(update(handle, setRate) == status)
    }
  }

  @Test(arguments: BadAddress.unreadable)
  func `arguments of an update that cannot be read are INVALID_ARGS`(address: BadAddress) throws {
    let clock = try clock(0)
    let bad = try BadMemory(address, byteCount: 32)
    for version in [v1, v2] {
      // The first version's 24 bytes reach past the half that is there too.
      let status = zx_clock_update(clock.value, setValue | version, bad.pointer)
      #expect(status == ZX_ERR_INVALID_ARGS)
    }
    #expect(signals(of: clock.value) == 0)
  }

  // MARK: Details

  @Test func `details of a clock that stands and of one that goes`() throws {
    let stopped = try clock(ZX_CLOCK_OPT_MONOTONIC, backstop: 55)
    let still = try details(stopped.value)
    #expect(still.options == ZX_CLOCK_OPT_MONOTONIC)
    #expect(still.backstop_time == 55)
    #expect(still.reference_to_synthetic.rate.synthetic_ticks == 0)
    #expect(still.reference_to_synthetic.synthetic_offset == 55)
    #expect(still.error_bound == ZX_CLOCK_UNKNOWN_ERROR)
    #expect(still.last_value_update_ticks == 0)
    #expect(still.query_ticks > 0 && still.query_ticks <= zx_ticks_get())
    let clock = try clock(0)
    let before = zx_ticks_get()
    #expect(update(clock.value, setValue | setBound, value: 9, bound: 77) == ZX_OK)
    let going = try details(clock.value)
    #expect(going.error_bound == 77)
    #expect(going.reference_to_synthetic.synthetic_offset == 9)
    #expect(going.reference_to_synthetic.rate.synthetic_ticks == 1)
    #expect(going.last_value_update_ticks >= before)
    #expect(going.last_error_bounds_update_ticks >= before)
    #expect(try details(clock.value).generation_counter == going.generation_counter)
    #expect(update(clock.value, setBound, bound: 78) == ZX_OK)
    #expect(try details(clock.value).generation_counter != going.generation_counter)
  }

  @Test(arguments: [UInt64(0), v2, v1 | 1])
  func `another version or an option is INVALID_ARGS before the handle`(options: UInt64) {
    var record = zx_clock_details_v1_t()
    #expect(zx_clock_get_details(0, options, &record) == ZX_ERR_INVALID_ARGS)
    #expect(zx_clock_get_details(0, v1, nil) == ZX_ERR_INVALID_ARGS)
    #expect(zx_clock_get_details(0, v1, &record) == ZX_ERR_BAD_HANDLE)
  }

  @Test(arguments: BadAddress.unwritableNotNull)
  func `details to a bad pointer are INVALID_ARGS, after the handle`(address: BadAddress) throws {
    let clock = try clock(0)
    let event = try OwnedHandle.event()
    let bare = try OwnedHandle(duplicating: clock.value, rights: ZX_RIGHT_WRITE)
    let bad = try BadMemory(address, byteCount: 112)
    #expect(zx_clock_get_details(event.value, v1, bad.pointer) == ZX_ERR_WRONG_TYPE)
    #expect(zx_clock_get_details(bare.value, v1, bad.pointer) == ZX_ERR_ACCESS_DENIED)
    #expect(zx_clock_get_details(clock.value, v1, bad.pointer) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `a clock has no name: WRONG_TYPE`() throws {
    let clock = try clock(0)
    var name = [UInt8](repeating: 0, count: 32)
    #expect(zx_object_get_property(clock.value, ZX_PROP_NAME, &name, 32) == ZX_ERR_WRONG_TYPE)
    #expect(zx_object_set_property(clock.value, ZX_PROP_NAME, &name, 32) == ZX_ERR_WRONG_TYPE)
  }
}
