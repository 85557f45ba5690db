import ZirconTypes

/// What may be done with bytes in memory, in the bits of `ZX_VM_PERM_READ`, `_WRITE`, `_EXECUTE`.
struct Permissions: Equatable {
  let bits: UInt32

  init(bits: UInt32) {
    self.bits = bits & 0b111
  }

  static var read: Permissions { Permissions(bits: 1 << 0) }
  static var all: Permissions { Permissions(bits: 0b111) }

  /// What the rights of a handle allow.
  init(_ rights: Rights) {
    let raw = rights.rawValue
    bits =
      (raw & Rights.read.rawValue != 0 ? 1 : 0) | (raw & Rights.write.rawValue != 0 ? 2 : 0)
      | (raw & Rights.execute.rawValue != 0 ? 4 : 0)
  }

  /// The rights that allow it.
  var rights: Rights {
    var rights = Rights.none
    if bits & 1 != 0 { rights.formUnion(.read) }
    if bits & 2 != 0 { rights.formUnion(.write) }
    if bits & 4 != 0 { rights.formUnion(.execute) }
    return rights
  }

  func isSubset(of other: Permissions) -> Bool { bits & ~other.bits == 0 }

  func intersection(_ other: Permissions) -> Permissions { Permissions(bits: bits & other.bits) }

  /// Whether it lets nothing be written or run that cannot be read.
  var isPossible: Bool { bits & 0b110 == 0 || bits & 1 != 0 }
}

/// The options of the calls on regions, `zx_vm_option_t`.
struct MapOptions {
  let bits: UInt32

  /// Takes the options as given; where nothing can be run without being read, one of them asks for that.
  init(_ bits: UInt32) {
    self.bits = bits & Self.readIfNeeded != 0 ? bits | Permissions.read.bits : bits
  }

  static var compact: UInt32 { 1 << 3 }
  static var specific: UInt32 { 1 << 4 }
  static var specificOverwrite: UInt32 { 1 << 5 }
  static var canMapSpecific: UInt32 { 1 << 6 }
  static var canMapAnything: UInt32 { 0b111 << 7 }
  static var mapRange: UInt32 { 1 << 10 }
  static var requireNonResizable: UInt32 { 1 << 11 }
  static var allowFaults: UInt32 { 1 << 12 }
  static var offsetIsUpperLimit: UInt32 { 1 << 13 }
  static var readIfNeeded: UInt32 { 1 << 14 }
  static var faultBeyondStreamSize: UInt32 { 1 << 15 }
  static var permissions: UInt32 { 0b111 }

  func contains(_ option: UInt32) -> Bool { bits & option != 0 }

  var permissions: Permissions { Permissions(bits: bits) }

  /// What can be mapped in a region made with these options.
  var canMap: Permissions { Permissions(bits: bits >> 7) }

  private var alignmentExponent: UInt32 { bits >> 24 }

  /// Whether no alignment is asked for, or one from 1 KiB to 4 GiB.
  var hasValidAlignment: Bool { alignmentExponent == 0 || (10...32).contains(alignmentExponent) }

  /// Whether an alignment is asked for at all.
  var asksForAlignment: Bool { alignmentExponent != 0 }

  /// What the address must be a multiple of.
  var alignment: UInt { max(UInt(PageMath.pageSize), 1 << UInt(alignmentExponent)) }

  var isSpecific: Bool { contains(Self.specific | Self.specificOverwrite) }

  var isUpperLimit: Bool { contains(Self.offsetIsUpperLimit) }
}
