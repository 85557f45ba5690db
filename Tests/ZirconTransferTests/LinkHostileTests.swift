import CZircon
import Glibc
import TestSupport
import Testing
import TransferSupport
import ZirconKernel
import ZirconLinux

/// Source: what another process sends is input from a stranger: it ends its own channel and nothing else.
@Suite("strangers on a link", .serialized) struct LinkHostileTests {
  @Test(arguments: 0..<20)
  func `whatever comes over a link, nothing else happens`(round: Int) throws {
    var fuzzer = LinkFuzzer(Choices(seed: UInt64(round) &* 0x9E37_79B9 &+ 4))
    try fuzzer.run(records: 100)
  }

  @Test(arguments: 0..<60)
  func `whatever is in the shared memory, nothing else happens`(round: Int) throws {
    var fuzzer = try SharedStateFuzzer(Choices(seed: UInt64(round) &* 0x9E37_79B9 &+ 5))
    fuzzer.run(turns: 200)
  }

  @Test(arguments: [0, 1, 4, 39, 40, 41, 4_096, 100_000])
  func `a record that is no message is the end of the link`(byteCount: Int) throws {
    let stranger = try Stranger()
    let bytes = [UInt8](repeating: 0, count: byteCount)
    #expect(write(stranger.channel, [1]) == ZX_OK)
    stranger.send(bytes, [])
    #expect(wait(stranger.channel, ZX_CHANNEL_PEER_CLOSED).observed & ZX_CHANNEL_PEER_CLOSED != 0)
    #expect(read(stranger.channel).status == ZX_ERR_PEER_CLOSED)
    #expect(write(stranger.channel, [1]) == ZX_ERR_PEER_CLOSED)
  }

  @Test func `descriptors of what is refused are closed`() throws {
    let before = openDescriptorCount()
    do {
      let stranger = try Stranger()
      let pipe = try TestPipe()
      stranger.send([1, 2, 3], [pipe.writeEnd, pipe.writeEnd])
      pipe.closeWriteEnd()
      #expect(wait(stranger.channel, ZX_CHANNEL_PEER_CLOSED).status == ZX_OK)
      #expect(pipe.isAtEnd)
    }
    #expect(poll { openDescriptorCount() <= before })
  }

  @Test func `what is no SEQPACKET socket is adopted by nobody`() throws {
    let kernel = try Kernel.current
    let isAdopted = try Descriptor.withSocketPair(.stream) { first, _ in
      (try? kernel.adoptChannel(first)) != nil
    }
    #expect(!isAdopted)
  }
}

/// A pipe that shows whether somebody still has its write end.
private final class TestPipe {
  private let readEnd: Int32
  private(set) var writeEnd: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  func closeWriteEnd() {
    Glibc.close(writeEnd)
    writeEnd = -1
  }

  var isAtEnd: Bool {
    var byte: UInt8 = 0
    return Glibc.read(readEnd, &byte, 1) == 0
  }

  deinit {
    Glibc.close(readEnd)
    if writeEnd >= 0 { Glibc.close(writeEnd) }
  }
}
