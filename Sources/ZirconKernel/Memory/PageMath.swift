/// Sizes and addresses in whole pages, as Zircon counts them.
enum PageMath {
  /// Bytes of a page, on every machine of Zircon's.
  static var pageSize: UInt64 { 4096 }

  /// The largest size of a piece of memory.
  static var maxMemorySize: UInt64 { 0xFFFF_FFFF_FFFE_0000 }

  static func isAligned(_ number: UInt64) -> Bool { number & (pageSize - 1) == 0 }

  /// The next multiple of a page, or nil beyond the range of numbers.
  static func roundedUp(_ number: UInt64) -> UInt64? {
    let (sum, overflow) = number.addingReportingOverflow(pageSize - 1)
    return overflow ? nil : sum & ~(pageSize - 1)
  }
}
