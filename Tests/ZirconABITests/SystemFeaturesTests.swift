import CZircon
import TestSupport
import Testing

/// Source: `zx_system_get_features`, and the form that `zx_clock_get` had from 2019 to 2021.
@Suite("zx_system_get_features, zx_clock_get") struct SystemFeaturesTests {
  @Test(arguments: UInt32(0)...4)
  func `every kind has a constant answer`(kind: UInt32) {
    var features = UInt32.max
    #expect(zx_system_get_features(kind, &features) == ZX_OK)
    var again = UInt32.max
    #expect(zx_system_get_features(kind, &again) == ZX_OK)
    #expect(features == again)
    if kind == ZX_FEATURE_KIND_CPU { #expect(features & ZX_HAS_CPU_FEATURES != 0) }
  }

  @Test(arguments: [UInt32(5), 100, .max])
  func `an unknown kind is NOT_SUPPORTED, before the pointer`(kind: UInt32) {
    var features: UInt32 = 77
    #expect(zx_system_get_features(kind, &features) == ZX_ERR_NOT_SUPPORTED)
    #expect(zx_system_get_features(kind, nil) == ZX_ERR_NOT_SUPPORTED)
    #expect(features == 77)
  }

  @Test(arguments: BadAddress.unwritable, UInt32(0)...4)
  func `a bad pointer is INVALID_ARGS`(address: BadAddress, kind: UInt32) throws {
    let bad = try BadMemory(address, byteCount: 4)
    let status = zx_system_get_features(kind, bad.bound(to: UInt32.self))
    #expect(status == ZX_ERR_INVALID_ARGS)
  }

  @Test func `clock_get gives the monotonic and the boot clock`() {
    var time: zx_time_t = 0
    let mono = zx_clock_get_monotonic()
    #expect(zx_clock_get(ZX_CLOCK_MONOTONIC, &time) == ZX_OK)
    #expect(time >= mono && time <= zx_clock_get_monotonic())
    let boot = zx_clock_get_boot()
    #expect(zx_clock_get(ZX_CLOCK_BOOT, &time) == ZX_OK)
    #expect(time >= boot && time <= zx_clock_get_boot())
  }

  @Test func `clock_get of an unknown clock or to a bad pointer is INVALID_ARGS`() throws {
    var time: zx_time_t = 77
    #expect(zx_clock_get(3, &time) == ZX_ERR_INVALID_ARGS)
    #expect(zx_clock_get(.max, &time) == ZX_ERR_INVALID_ARGS)
    #expect(time == 77)
    for address in BadAddress.unwritable {
      let bad = try BadMemory(address, byteCount: 8)
      #expect(zx_clock_get(0, bad.bound(to: Int64.self)) == ZX_ERR_INVALID_ARGS)
    }
  }
}
