import Synchronization
import ZirconTypes

/// What one word of a slot says, all of it changed together.
///
/// From the low end: how many calls are using the slot (19 bits), whether its handle is in flight,
/// whether it is live, the rights (25), the type (6), the generation (12). Neither live nor in flight
/// is closed.
struct SlotWord: Equatable {
  var bits: UInt64

  /// A live handle that nobody is using yet.
  init(generation: UInt32, type: ObjectType, rights: Rights) {
    bits =
      UInt64(generation & 0xFFF) << 52 | UInt64(type.rawValue & 0x3F) << 46
      | UInt64(rights.rawValue & 0x1FF_FFFF) << 21 | Self.live
  }

  init(bits: UInt64) {
    self.bits = bits
  }

  static var generationMask: UInt32 { 0xFFF }
  static var inFlight: UInt64 { 1 << 19 }
  static var live: UInt64 { 1 << 20 }
  static var onePin: UInt64 { 1 }

  @inline(__always) var pins: UInt64 { bits & (Self.inFlight - 1) }
  @inline(__always) var isLive: Bool { bits & Self.live != 0 }
  @inline(__always) var isClosed: Bool { bits & (Self.live | Self.inFlight) == 0 }
  @inline(__always) var rights: Rights {
    Rights(rawValue: UInt32(truncatingIfNeeded: bits >> 21) & 0x1FF_FFFF)
  }
  @inline(__always) var type: ObjectType { ObjectType(rawValue: UInt32(bits >> 46) & 0x3F) }
  @inline(__always) var generation: UInt32 { UInt32(bits >> 52) }

  /// Whether all of `rights` are there; in bits, since a set's operations are generic elsewhere.
  @inline(__always)
  func allows(_ rights: Rights) -> Bool {
    rights.rawValue & ~UInt32(truncatingIfNeeded: bits >> 21) & 0x1FF_FFFF == 0
  }

  /// Whether this is the live handle that `value` names.
  @inline(__always)
  func isNamed(by value: HandleValue) -> Bool {
    isLive && generation & value.generationMask == value.generation
  }
}

/// One place for a handle, a cache line to itself so that the two ends of a pair do not meet.
///
/// Invariant: `object` is written only while the slot is neither live nor pinned, and read only while
/// it is pinned; while it is either, the slot owns one reference to the object.
@unsafe
struct HandleSlot: ~Copyable {
  let word = Atomic<UInt64>(0)
  /// The object, kept by one reference.
  var object: UnsafeMutableRawPointer?
  /// The next free slot; guarded by the table's free list.
  var next: UInt32

  /// Bytes from slot to slot.
  static var stride: Int { 64 }
}
