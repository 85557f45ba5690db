import CZircon
import TestSupport
import Testing

/// Source: spec/channel.md, for two ends in two processes.
@Suite("channels over a link") struct LinkChannelTests {
  @Test(arguments: [0, 1, 3, 4, 4_000, 4_096, 30_000, 65_536])
  func `a message arrives whole in either direction`(byteCount: Int) throws {
    let channels = try LinkedChannels()
    let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    #expect(write(channels.first, bytes) == ZX_OK)
    #expect(try take(channels.second).bytes == bytes)
    #expect(write(channels.second, bytes) == ZX_OK)
    #expect(try take(channels.first).bytes == bytes)
    #expect(read(channels.first).status == ZX_ERR_SHOULD_WAIT)
    #expect(read(channels.second).status == ZX_ERR_SHOULD_WAIT)
  }

  @Test func `2,000 unread messages stay readable in order, then PEER_CLOSED`() throws {
    var channels = try LinkedChannels()
    for index in 0..<2_000 {
      try #require(write(channels.first, [UInt8(index & 0xFF), UInt8(index >> 8)]) == ZX_OK)
    }
    channels.closeFirst()
    for index in 0..<2_000 {
      let message = try take(channels.second)
      try #require(message.bytes == [UInt8(index & 0xFF), UInt8(index >> 8)])
    }
    #expect(wait(channels.second, ZX_CHANNEL_PEER_CLOSED).status == ZX_OK)
    #expect(read(channels.second).status == ZX_ERR_PEER_CLOSED)
    #expect(write(channels.second, [1]) == ZX_ERR_PEER_CLOSED)
  }

  @Test func `a channel end arrives with what was queued in it`() throws {
    let (near, far) = try makeChannel()
    #expect(write(near, [1, 2, 3]) == ZX_OK)
    #expect(write(near, [4]) == ZX_OK)
    let end = try carried(far)
    #expect(try take(end).bytes == [1, 2, 3])
    #expect(write(near, [5]) == ZX_OK)
    #expect(try take(end).bytes == [4])
    #expect(try take(end).bytes == [5])
    #expect(write(end, [6]) == ZX_OK)
    #expect(try take(near).bytes == [6])
    close(near, end)
  }
}
