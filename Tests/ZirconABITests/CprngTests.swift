import CZircon
import TestSupport
import Testing

/// Source: `zx_cprng_draw`, `zx_cprng_add_entropy`.
@Suite("zx_cprng_*") struct CprngTests {
  @Test(arguments: [0, 1, 255, 256, 257, 1_000, 100_000])
  func `any length is filled and nothing behind it`(length: Int) {
    var bytes = [UInt8](repeating: 0xCC, count: length + 16)
    zx_cprng_draw(&bytes, length)
    #expect(bytes[length...].allSatisfy { $0 == 0xCC })
    // A part of 32 bytes that stays as it was has a chance of 2^-256.
    for start in stride(from: 0, to: length - 31, by: 32) {
      #expect(bytes[start..<start + 32].contains { $0 != 0xCC })
    }
  }

  @Test func `no length with NULL is harmless`() {
    zx_cprng_draw(nil, 0)
  }

  @Test func `two draws differ`() {
    var first = [UInt8](repeating: 0, count: 32)
    var second = [UInt8](repeating: 0, count: 32)
    zx_cprng_draw(&first, 32)
    zx_cprng_draw(&second, 32)
    #expect(first != second)
  }

  @Test func `every value of a byte is drawn`() {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    zx_cprng_draw(&bytes, bytes.count)
    #expect(Set(bytes).count == 256)
  }

  @Test func `threads draw different bytes at the same time`() throws {
    let draws = try race(threadCount: 4) { _ in
      var bytes = [UInt8](repeating: 0, count: 1_024)
      zx_cprng_draw(&bytes, bytes.count)
      return bytes
    }
    #expect(Set(draws).count == 4)
  }

  @Test(arguments: [BadAddress.one, .noAccess, .readOnly, .halfMapped, .null])
  func `a bad address ends the process`(address: BadAddress) async {
    // The body of an exit test cannot take the argument along.
    switch address {
    case .null: await #expect(processExitsWith: .failure) { zx_cprng_draw(nil, 8) }
    case .one: await #expect(processExitsWith: .failure) { try drawInto(.one) }
    case .noAccess: await #expect(processExitsWith: .failure) { try drawInto(.noAccess) }
    case .halfMapped: await #expect(processExitsWith: .failure) { try drawInto(.halfMapped) }
    default: await #expect(processExitsWith: .failure) { try drawInto(.readOnly) }
    }
  }

  /// The buffer lies before memory that is not there.
  @Test func `more than any memory holds ends the process`() async {
    await #expect(processExitsWith: .failure) {
      let bad = try BadMemory(.halfMapped, byteCount: 64)
      zx_cprng_draw(bad.pointer, -1)
    }
    await #expect(processExitsWith: .failure) {
      let bad = try BadMemory(.halfMapped, byteCount: 64)
      zx_cprng_draw(bad.pointer, .min)
    }
  }

  @Test(arguments: [0, 1, 256])
  func `adding up to 256 bytes of entropy is OK`(length: Int) {
    #expect(zx_cprng_add_entropy(bytePattern(length), length) == ZX_OK)
  }

  @Test(arguments: [257, 1_000, Int.max, -1])
  func `adding more than 256 bytes is INVALID_ARGS`(length: Int) {
    #expect(zx_cprng_add_entropy(bytePattern(1_000), length) == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: BadAddress.unreadable)
  func `adding entropy from a bad address is INVALID_ARGS`(address: BadAddress) throws {
    let bad = try BadMemory(address, byteCount: 64)
    #expect(zx_cprng_add_entropy(bad.pointer, 64) == ZX_ERR_INVALID_ARGS)
  }
}

private func drawInto(_ address: BadAddress) throws {
  let bad = try BadMemory(address, byteCount: 64)
  zx_cprng_draw(bad.pointer, 64)
}
