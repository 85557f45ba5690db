/// The number that names a handle to its process; stands for `zx_handle_t`.
///
/// The two low bits are set. Above them, 30 bits say slot and generation: with the top bit clear, 17
/// bits of slot and 12 of generation; with it set, 20 bits of slot (from 131,072 on) and 9 of
/// generation.
public struct HandleValue: RawRepresentable, Hashable, Sendable {
  /// The value as C has it.
  public let rawValue: UInt32

  /// Names whatever handle has this value.
  @inlinable @inline(__always)
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Names no handle.
  package static var invalid: HandleValue { HandleValue(rawValue: 0) }

  /// The bits that every handle has set: `ZX_HANDLE_FIXED_BITS_MASK`.
  static var fixedBits: UInt32 { 0b11 }

  /// Whether the value has the form of a handle.
  var isWellFormed: Bool { rawValue & Self.fixedBits == Self.fixedBits }

  /// Slots whose values carry a long generation.
  static var nearSlots: Int { 1 << 17 }
  /// Slots that values can name.
  static var slotCount: Int { nearSlots + 1 << 20 }

  private static var farBit: UInt32 { 1 << 31 }

  /// Which slot of the table the value names.
  @inline(__always)
  var slot: Int {
    rawValue & Self.farBit == 0
      ? Int(rawValue >> 2) & (Self.nearSlots - 1)
      : Self.nearSlots + Int(rawValue >> 2) & (1 << 20 - 1)
  }

  /// Which use of that slot the value names, in as many bits as the slot's values carry.
  @inline(__always)
  var generation: UInt32 {
    rawValue & Self.farBit == 0 ? rawValue >> 19 & 0xFFF : rawValue >> 22 & 0x1FF
  }

  /// The bits of a generation that the value carries.
  @inline(__always)
  var generationMask: UInt32 { rawValue & Self.farBit == 0 ? 0xFFF : 0x1FF }

  /// Names use `generation` of `slot`, as many bits of it as the slot's values carry.
  init(slot: Int, generation: UInt32) {
    if slot < Self.nearSlots {
      rawValue = (generation & 0xFFF) << 19 | UInt32(slot) << 2 | Self.fixedBits
    } else {
      let far = UInt32(slot - Self.nearSlots)
      rawValue = Self.farBit | (generation & 0x1FF) << 22 | far << 2 | Self.fixedBits
    }
  }
}
