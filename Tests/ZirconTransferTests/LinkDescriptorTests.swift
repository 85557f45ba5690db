import CZircon
import Glibc
import TestSupport
import Testing

/// Source: a message's handles are received all or none, and none is lost for want of a descriptor.
///
/// Every body runs in a process of its own, whose limit it lowers.
@Suite("messages and the number of descriptors", .serialized) struct LinkDescriptorTests {
  @Test
  func
    `the last of an end's holders that cannot be sent for want of a descriptor is closed for good`()
    async
  {
    await #expect(processExitsWith: .success) {
      let channels = try LinkedChannels()
      let (first, second) = try makeSocket(ZX_SOCKET_STREAM)
      // Several have held it: each journey takes a descriptor for a moment.
      close(try carried(duplicate(of: second)))
      let blockers = try leaveFree(0)
      #expect(write(channels.first, [1], [second]) == ZX_ERR_NO_MEMORY)
      #expect(wait(first, ZX_SOCKET_PEER_CLOSED).status == ZX_OK)
      for blocker in blockers { Glibc.close(blocker) }
      #expect(put(first, [1]).status == ZX_ERR_PEER_CLOSED)
      close(first)
    }
  }

  @Test func `an end in a queue that leaves without a descriptor to spare arrives later`() async {
    await #expect(processExitsWith: .success) {
      let channels = try LinkedChannels()
      let (first, second) = try makeSocket(ZX_SOCKET_STREAM)
      close(try carried(duplicate(of: second)))
      let (near, far) = try makeChannel()
      #expect(write(near, [2], [second]) == ZX_OK)
      // Two for the channel that leaves, none for the end that waits in it.
      let blockers = try leaveFree(2)
      #expect(write(channels.first, [1], [far]) == ZX_OK)
      for blocker in blockers { Glibc.close(blocker) }
      let arrived = try take(channels.second).handles[0]
      let end = try take(arrived).handles[0]
      #expect(put(end, [9]) == (ZX_OK, 1))
      #expect(get(first, 1) == (ZX_OK, [9]))
      close(first, end, near, arrived)
    }
  }

  @Test(arguments: 0...12)
  func `copies of ends stay together until there is room for all, and need none later`(
    free: Int
  ) async {
    await #expect(processExitsWith: .success) { [free] in
      let channels = try LinkedChannels()
      let (first, second) = try makeSocket(ZX_SOCKET_DATAGRAM)
      let (fifo, otherFifo) = try makeFifo(4)
      let sent = [
        try duplicate(of: second), try duplicate(of: second), try duplicate(of: otherFifo),
      ]
      #expect(write(channels.first, [1], sent) == ZX_OK)
      var blockers = try leaveFree(free)
      var (status, message) = read(channels.second)
      if free < 12 {
        #expect(status == ZX_ERR_NO_RESOURCES)
        for _ in free..<12 { Glibc.close(blockers.removeLast()) }
        (status, message) = read(channels.second)
      }
      try #require(status == ZX_OK, "\(free) free")
      try #require(message.handles.count == 3)
      // All that is free is taken away again.
      blockers += try leaveFree(0)
      #expect(put(message.handles[0], [7]) == (ZX_OK, 1))
      #expect(get(first, 9) == (ZX_OK, [7]))
      #expect(put(first, [8]) == (ZX_OK, 1))
      #expect(get(message.handles[1], 9) == (ZX_OK, [8]))
      #expect(fifoWrite(message.handles[2], [5]) == 1)
      #expect(fifoRead(fifo, 9) == [5])
      #expect(fifoWrite(fifo, [6]) == 1)
      #expect(fifoRead(message.handles[2], 9) == [6])
      for handle in message.handles { close(handle) }
      for blocker in blockers { Glibc.close(blocker) }
      close(first, second, fifo, otherFifo)
    }
  }

  @Test(arguments: [0, 1, 2])
  func `without room for all descriptors a message stays, and comes when there is`(
    free: Int
  ) async {
    await #expect(processExitsWith: .success) { [free] in
      let channels = try LinkedChannels()
      var (peers, sent): ([zx_handle_t], [zx_handle_t]) = ([], [])
      for _ in 0..<3 {
        let (near, far) = try makeChannel()
        peers.append(near)
        sent.append(far)
      }
      #expect(write(channels.first, [1], sent) == ZX_OK)
      #expect(write(channels.first, [2]) == ZX_OK)
      let before = openDescriptorCount()
      var blockers = try leaveFree(free)
      for _ in 0..<20 {
        #expect(read(channels.second).status == ZX_ERR_NO_RESOURCES)
        // Somebody who waits is told, to find out.
        #expect(wait(channels.second, ZX_CHANNEL_READABLE).status == ZX_OK)
      }
      for _ in 0..<4 { Glibc.close(blockers.removeLast()) }
      #expect(openDescriptorCount(settlingAt: before) == before)
      let message = try take(channels.second)
      #expect(message.bytes == [1])
      #expect(try take(channels.second).bytes == [2])
      for (peer, handle) in zip(peers, message.handles) {
        #expect(write(handle, [3]) == ZX_OK)
        #expect(try take(peer).bytes == [3])
      }
      for blocker in blockers { Glibc.close(blocker) }
      for handle in peers + message.handles { close(handle) }
    }
  }

  @Test func `a sender without descriptors gets NO_MEMORY, and its handle is gone`() async {
    await #expect(processExitsWith: .success) {
      let channels = try LinkedChannels()
      let (near, far) = try makeChannel()
      let blockers = try leaveFree(1)
      #expect(write(channels.first, [1], [far]) == ZX_ERR_NO_MEMORY)
      #expect(wait(near, ZX_CHANNEL_PEER_CLOSED).status == ZX_OK)
      #expect(read(channels.second).status == ZX_ERR_SHOULD_WAIT)
      for blocker in blockers { Glibc.close(blocker) }
      close(near)
    }
  }
}

/// Opens descriptors until only so many are free; at least eight can be closed again.
private func leaveFree(_ count: Int) throws -> [Int32] {
  var limit = rlimit()
  try #require(getrlimit(__rlimit_resource_t(7), &limit) == 0)
  limit.rlim_cur = rlim_t(lowestFreeDescriptor() + 300)
  try #require(setrlimit(__rlimit_resource_t(7), &limit) == 0)
  var blockers: [Int32] = []
  while true {
    let blocker = dup(0)
    guard blocker >= 0 else { break }
    blockers.append(blocker)
  }
  try #require(blockers.count > count + 8)
  for _ in 0..<count { Glibc.close(blockers.removeLast()) }
  return blockers
}
