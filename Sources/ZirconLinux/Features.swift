import CLinux
import Glibc

/// What the machine can do, in the bits of `zx_system_get_features`.
extension Machine {
  /// Features of the processor.
  package static var processorFeatures: UInt32 {
    #if arch(arm64)
      // From Linux's bit to Zircon's.
      let known: [(linux: UInt, zircon: UInt32)] = [
        (0, 1), (1, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7), (8, 8), (12, 9), (17, 10), (18, 11),
        (19, 12), (20, 13), (16, 14), (23, 15), (27, 16), (21, 18),
      ]
      let more: [(linux: UInt, zircon: UInt32)] = [(16, 17), (13, 19)]
      let (first, second) = (getauxval(UInt(AT_HWCAP)), getauxval(UInt(AT_HWCAP2)))
      var bits: UInt32 = 1
      for bit in known where first >> bit.linux & 1 != 0 { bits |= 1 << bit.zircon }
      for bit in more where second >> bit.linux & 1 != 0 { bits |= 1 << bit.zircon }
      return bits
    #else
      return 1
    #endif
  }

  /// Addresses at which the processor can stop a program: four on x86-64, at least two on arm64.
  package static var breakpointCount: UInt32 {
    #if arch(arm64)
      return 2
    #else
      return 4
    #endif
  }

  /// Addresses whose use the processor can report; as many as `breakpointCount`.
  package static var watchpointCount: UInt32 { breakpointCount }

  /// Whether the processor ignores the top byte of an address.
  package static var addressTagging: UInt32 {
    #if arch(arm64)
      return 1
    #else
      return 0
    #endif
  }

  /// Features of virtual memory: none, since Linux maps what can be run so that it can be read.
  package static var memoryFeatures: UInt32 { 0 }
}
