// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// The version of the record that a call's options speak of.
private func version(_ options: UInt64) -> UInt64 { options >> ZX_CLOCK_ARGS_VERSION_SHIFT }

/// The options without it.
private func plain(_ options: UInt64) -> UInt64 { options & ~ZX_CLOCK_ARGS_VERSION_MASK }

/// Makes a clock; see `Kernel.makeClock`.
///
/// `ZX_ERR_INVALID_ARGS` for an unknown version, for arguments without a version, and for bad pointers.
@c @implementation
public func zx_clock_create(
  _ options: UInt64, _ args: UnsafeRawPointer?, _ out: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    var backstop: Int64 = 0
    switch version(options) {
    case 0:
      guard unsafe args == nil else { throw .invalidArgs }
    case 1:
      let size = MemoryLayout<zx_clock_create_args_v1_t>.size
      let record = try unsafe UserIn(args, byteCount: size)
        .value(as: zx_clock_create_args_v1_t.self)
      backstop = record.backstop_time
    default:
      throw .invalidArgs
    }
    let kernel = try Kernel.current
    let clock = try kernel.makeClock(
      ClockOptions(rawValue: plain(options)), backstop: backstop)
    try kernel.give(clock, to: unsafe UserOut(out))
  }
}

/// Tells what a clock shows; see `Kernel.readClock`.
///
/// `ZX_ERR_INVALID_ARGS` for a bad pointer.
@c @implementation
public func zx_clock_read(
  _ handle: zx_handle_t, _ now: UnsafeMutablePointer<zx_time_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let time = try Kernel.current.readClock(HandleValue(handle))
    try unsafe UserOut(now).put(number: UInt64(bitPattern: time))
  }
}

/// Tells how a clock follows its reference clock; see `Kernel.clockDetails`.
///
/// `ZX_ERR_INVALID_ARGS` for a null pointer or another version than 1, before all else, and for a bad
/// pointer.
@c @implementation
public func zx_clock_get_details(
  _ handle: zx_handle_t, _ options: UInt64, _ details: UnsafeMutableRawPointer?
) -> zx_status_t {
  syscall { () throws(Status) in
    guard version(options) == 1, plain(options) == 0, unsafe details != nil else {
      throw .invalidArgs
    }
    let record = try zx_clock_details_v1_t(Kernel.current.clockDetails(of: HandleValue(handle)))
    let size = MemoryLayout<zx_clock_details_v1_t>.size
    try unsafe UserOut(details, byteCount: size).put(record: record)
  }
}

/// Sets or adjusts a clock; see `Kernel.updateClock`.
///
/// `ZX_ERR_INVALID_ARGS` for a null or bad pointer, an unknown version or option, no option, and a rate
/// out of range, before the handle.
@c @implementation
public func zx_clock_update(
  _ handle: zx_handle_t, _ options: UInt64, _ args: UnsafeRawPointer?
) -> zx_status_t {
  syscall { () throws(Status) in
    let update = try unsafe ClockUpdate(args, options)
    try Kernel.current.updateClock(HandleValue(handle), update)
  }
}

extension ClockUpdate {
  /// Reads the record that `options` speak of.
  @unsafe
  fileprivate init(_ args: UnsafeRawPointer?, _ options: UInt64) throws(Status) {
    let record: zx_clock_update_args_v2_t
    switch version(options) {
    case 1:
      let size = MemoryLayout<zx_clock_update_args_v1_t>.size
      let old = try unsafe UserIn(args, byteCount: size).value(as: zx_clock_update_args_v1_t.self)
      record = zx_clock_update_args_v2_t(
        rate_adjust: old.rate_adjust, padding1: old.padding1, synthetic_value: old.value,
        reference_value: 0, error_bound: old.error_bound)
    case 2:
      let size = MemoryLayout<zx_clock_update_args_v2_t>.size
      record = try unsafe UserIn(args, byteCount: size).value(as: zx_clock_update_args_v2_t.self)
    default:
      throw .invalidArgs
    }
    let bits = plain(options)
    guard bits != 0, bits & ~ZX_CLOCK_UPDATE_OPTIONS_ALL == 0 else { throw .invalidArgs }
    let hasRate = bits & ZX_CLOCK_UPDATE_OPTION_RATE_ADJUST_VALID != 0
    let range = ZX_CLOCK_UPDATE_MIN_RATE_ADJUST...ZX_CLOCK_UPDATE_MAX_RATE_ADJUST
    if hasRate && !range.contains(record.rate_adjust) { throw .invalidArgs }
    let hasValue = bits & ZX_CLOCK_UPDATE_OPTION_VALUE_VALID != 0
    let hasReference = bits & ZX_CLOCK_UPDATE_OPTION_REFERENCE_VALUE_VALID != 0
    let hasBound = bits & ZX_CLOCK_UPDATE_OPTION_ERROR_BOUND_VALID != 0
    self.init(
      rateAdjust: hasRate ? record.rate_adjust : nil,
      synthetic: hasValue ? record.synthetic_value : nil,
      reference: hasReference ? record.reference_value : nil,
      errorBound: hasBound ? record.error_bound : nil,
      isSecondVersion: version(options) == 2)
  }
}

extension zx_clock_details_v1_t {
  fileprivate init(_ details: ClockDetails) {
    self.init()
    let transformation = zx_clock_transformation_t(details.transformation)
    options = details.options
    backstop_time = details.backstop
    reference_ticks_to_synthetic = transformation
    reference_to_synthetic = transformation
    error_bound = details.errorBound
    query_ticks = details.now
    last_value_update_ticks = details.lastValueUpdate
    last_rate_adjust_update_ticks = details.lastRateUpdate
    last_error_bounds_update_ticks = details.lastErrorUpdate
    generation_counter = details.generation
  }
}

extension zx_clock_transformation_t {
  fileprivate init(_ transformation: ClockTransformation) {
    self.init(
      reference_offset: transformation.reference, synthetic_offset: transformation.synthetic,
      rate: zx_clock_rate_t(
        synthetic_ticks: transformation.syntheticTicks,
        reference_ticks: transformation.referenceTicks))
  }
}
