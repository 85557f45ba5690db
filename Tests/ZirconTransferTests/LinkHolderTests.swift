import CZircon
import Glibc
import TestSupport
import Testing
import TransferSupport

/// Source: `zx_eventpair_create`, `zx_fifo_create`, `zx_counter_create`, for ends of which several processes have handles.
@Suite("ends that several processes hold") struct LinkHolderTests {
  @Test func `an event pair's end is one for all who hold it`() throws {
    var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_eventpair_create(0, &first, &second) == ZX_OK)
    let there = try carried(duplicate(of: second))
    #expect(zx_object_signal(there, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(signals(of: second) == ZX_USER_SIGNAL_0)
    #expect(zx_object_signal_peer(first, ZX_USER_SIGNAL_0, ZX_EVENTPAIR_SIGNALED) == ZX_OK)
    #expect(signals(of: second) == ZX_EVENTPAIR_SIGNALED)
    #expect(signals(of: there) == ZX_EVENTPAIR_SIGNALED)
    #expect(zx_object_signal_peer(there, 0, ZX_USER_SIGNAL_1) == ZX_OK)
    #expect(signals(of: first) == ZX_USER_SIGNAL_1)
    close(second)
    #expect(signals(of: first) == ZX_USER_SIGNAL_1)
    close(there)
    expectPeerGone(first)
    #expect(signals(of: first) == ZX_USER_SIGNAL_1 | ZX_EVENTPAIR_PEER_CLOSED)
    #expect(zx_object_signal_peer(first, 0, 0) == ZX_ERR_PEER_CLOSED)
    close(first)
  }

  @Test(arguments: [false, true])
  func `who waits is told by every holder, of its own end and of the other`(isOwn: Bool) throws {
    var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_eventpair_create(0, &first, &second) == ZX_OK)
    let there = try carried(duplicate(of: second))
    let target = isOwn ? second : first
    let waiter = try TestThread { wait(target, ZX_USER_SIGNAL_3) }
    #expect(waiter.waitUntilAsleep())
    // A pulse: it has risen, whatever is there by now.
    for (clear, set) in [(0, ZX_USER_SIGNAL_3), (ZX_USER_SIGNAL_3, 0)] {
      if isOwn {
        #expect(zx_object_signal(there, clear, set) == ZX_OK)
      } else {
        #expect(zx_object_signal_peer(there, clear, set) == ZX_OK)
      }
    }
    let seen = waiter.join()
    #expect(seen?.status == ZX_OK)
    #expect(seen?.observed == ZX_USER_SIGNAL_3)
    close(first, second, there)
  }

  @Test func `the last holder's end is the peer's, wherever the handles were`() throws {
    for order in [[0, 1, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
      try #require(zx_eventpair_create(0, &first, &second) == ZX_OK)
      var holders = [second]
      holders.append(try carried(duplicate(of: second)))
      holders.append(try carried(duplicate(of: holders[1])))
      let waiter = try TestThread { [first] in wait(first, ZX_EVENTPAIR_PEER_CLOSED) }
      #expect(waiter.waitUntilAsleep())
      for holder in order.dropLast() {
        close(holders[holder])
        #expect(signals(of: first) == 0)
      }
      close(holders[order[2]])
      #expect(waiter.join()?.observed == ZX_EVENTPAIR_PEER_CLOSED)
      close(first)
    }
  }

  @Test func `a handle that nobody takes keeps the end, and goes with its message`() throws {
    var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_eventpair_create(0, &first, &second) == ZX_OK)
    let channels = try LinkedChannels()
    #expect(write(channels.first, [], [try duplicate(of: second)]) == ZX_OK)
    close(second)
    #expect(signals(of: first) == 0)
    #expect(zx_object_signal_peer(first, 0, ZX_USER_SIGNAL_2) == ZX_OK)
    let kept = try take(channels.second).handles[0]
    #expect(signals(of: kept) == ZX_USER_SIGNAL_2)
    #expect(write(channels.first, [], [kept]) == ZX_OK)
    #expect(signals(of: first) == 0)
    var discarding = channels
    discarding.closeSecond()
    #expect(wait(first, ZX_EVENTPAIR_PEER_CLOSED).status == ZX_OK)
    close(first)
  }

  @Test func `a write duplicates the ends of event pairs and fifos, with rights as stated`() throws
  {
    let channels = try LinkedChannels()
    var (pair, otherPair) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_eventpair_create(0, &pair, &otherPair) == ZX_OK)
    let (fifo, otherFifo) = try makeFifo(4)
    var dispositions = [
      zx_handle_disposition_t(
        operation: ZX_HANDLE_OP_DUPLICATE, handle: otherPair, type: ZX_OBJ_TYPE_EVENTPAIR,
        rights: ZX_RIGHT_SIGNAL | ZX_RIGHT_WAIT, result: 7),
      zx_handle_disposition_t(
        operation: ZX_HANDLE_OP_DUPLICATE, handle: otherFifo, type: ZX_OBJ_TYPE_FIFO,
        rights: ZX_RIGHT_READ, result: 7),
    ]
    #expect(
      zx_channel_write_etc(channels.first, 0, nil, 0, &dispositions, 2) == ZX_OK)
    let arrived = try take(channels.second).handles
    try #require(arrived.count == 2)
    #expect(zx_object_signal(arrived[0], 0, ZX_USER_SIGNAL_1) == ZX_OK)
    #expect(zx_object_signal_peer(arrived[0], 0, 0) == ZX_ERR_ACCESS_DENIED)
    #expect(signals(of: otherPair) == ZX_USER_SIGNAL_1)
    #expect(fifoWrite(fifo, [1, 2]) == 2)
    #expect(fifoRead(arrived[1], 1) == [1])
    #expect(fifoRead(otherFifo, 9) == [2])
    #expect(fifoWrite(arrived[1], [1]) == Int(ZX_ERR_ACCESS_DENIED))
    close(pair, otherPair, fifo, otherFifo, arrived[0], arrived[1])
  }

  @Test func `a counter is one number for all who hold it, and shows its sign`() throws {
    var here = ZX_HANDLE_INVALID
    try #require(zx_counter_create(0, &here) == ZX_OK)
    #expect(zx_counter_write(here, -5) == ZX_OK)
    let there = try carried(duplicate(of: here))
    var value: Int64 = 0
    #expect(zx_counter_read(there, &value) == ZX_OK)
    #expect(value == -5)
    let waiter = try TestThread { [here] in wait(here, ZX_COUNTER_POSITIVE) }
    #expect(waiter.waitUntilAsleep())
    #expect(zx_counter_add(there, 7) == ZX_OK)
    #expect(waiter.join()?.observed == ZX_COUNTER_POSITIVE)
    #expect(zx_counter_read(here, &value) == ZX_OK)
    #expect(value == 2)
    #expect(zx_counter_add(here, .max) == ZX_ERR_OUT_OF_RANGE)
    #expect(zx_object_signal(here, 0, ZX_COUNTER_SIGNALED) == ZX_OK)
    #expect(signals(of: there) == ZX_COUNTER_POSITIVE | ZX_COUNTER_SIGNALED)
    #expect(zx_object_signal(there, ZX_COUNTER_POSITIVE, 0) == ZX_ERR_INVALID_ARGS)
    // Down and up again: risen, whatever is there by then.
    let pulse = try TestThread { wait(there, ZX_COUNTER_NON_POSITIVE) }
    #expect(pulse.waitUntilAsleep())
    #expect(zx_counter_write(here, 0) == ZX_OK)
    #expect(zx_counter_write(here, 1) == ZX_OK)
    #expect(pulse.join()?.status == ZX_OK)
    close(here)
    #expect(zx_counter_add(there, 1) == ZX_OK)
    #expect(signals(of: there) == ZX_COUNTER_POSITIVE | ZX_COUNTER_SIGNALED)
    close(there)
  }

  @Test func `a fifo with both ends and a copy of one here keeps its signals everywhere`() throws {
    let (first, second) = try makeFifo(2)
    let there = try carried(duplicate(of: second))
    #expect(fifoWrite(first, [1, 2, 3]) == 2)
    for handle in [second, there] {
      #expect(signals(of: handle) == ZX_FIFO_READABLE | ZX_FIFO_WRITABLE)
    }
    #expect(signals(of: first) == 0)
    #expect(fifoRead(there, 1) == [1])
    #expect(signals(of: first) == ZX_FIFO_WRITABLE)
    #expect(fifoRead(second, 9) == [2])
    #expect(fifoRead(there, 1) == nil)
    #expect(signals(of: there) == ZX_FIFO_WRITABLE)
    #expect(fifoWrite(there, [4]) == 1)
    #expect(fifoWrite(second, [5, 6]) == 1)
    #expect(signals(of: second) == 0)
    close(second, there)
    expectPeerGone(first)
    #expect(fifoWrite(first, [7]) == Int(ZX_ERR_PEER_CLOSED))
    #expect(fifoRead(first, 9) == [4, 5])
    #expect(fifoRead(first, 9) == nil)
    #expect(signals(of: first) == ZX_FIFO_PEER_CLOSED)
    close(first)
  }
}

/// The same between processes that live and die; every body runs in a process of its own, which forks.
@Suite("ends that several processes hold, and their deaths", .serialized)
struct LinkHolderProcessTests {
  @Test func `a full message of duplicates arrives, and takes no descriptor for good`() async {
    await #expect(processExitsWith: .success) {
      let (fifo, otherFifo) = try makeFifo(8)
      // What is shared stays: it is there before.
      close(try carried(duplicate(of: otherFifo)))
      let before = openDescriptorCount()
      do {
        let channels = try LinkedChannels()
        let sent = try (0..<64).map { _ in try duplicate(of: otherFifo) }
        #expect(write(channels.first, [], sent) == ZX_OK)
        let arrived = try take(channels.second).handles
        try #require(arrived.count == 64)
        for (index, handle) in arrived.enumerated() {
          #expect(fifoWrite(handle, [UInt64(index)]) == 1)
          #expect(fifoRead(fifo, 1) == [UInt64(index)])
        }
        for handle in arrived { close(handle) }
      }
      #expect(openDescriptorCount(settlingAt: before) == before)
      #expect(signals(of: fifo) == ZX_FIFO_WRITABLE)
      close(fifo, otherFifo)

    }
  }

  @Test func `elements of several writers and readers arrive once each, in each writer's order`()
    async
  {
    await #expect(processExitsWith: .success) {
      let perWriter: UInt64 = 2_000
      let (near, far) = try makeFifo(16)
      var children: [LinkedChild] = []
      for writer in 0..<3 as Range<UInt64> {
        children.append(
          try LinkedChild { channel in
            guard let fifo = try? take(channel).handles.first else { return 1 }
            for number in 0..<perWriter {
              while fifoWrite(fifo, [writer << 32 | number]) != 1 {
                guard wait(fifo, ZX_FIFO_WRITABLE).status == ZX_OK else { return 2 }
              }
            }
            return 0
          })
      }
      for child in children {
        #expect(write(child.channel, [], [try duplicate(of: far)]) == ZX_OK)
      }
      // This process reads through two ends of its own, which know nothing of each other.
      let readers = [near, try carried(duplicate(of: near))]
      close(far)
      var seen = [[UInt64]](repeating: [], count: 3)
      while wait(near, ZX_FIFO_READABLE | ZX_FIFO_PEER_CLOSED).status == ZX_OK {
        var found = false
        for reader in readers {
          for element in fifoRead(reader, 3) ?? [] {
            seen[Int(element >> 32)].append(element & 0xFFFF_FFFF)
            found = true
          }
        }
        if !found && signals(of: near) & ZX_FIFO_PEER_CLOSED != 0 { break }
      }
      for writer in 0..<3 { #expect(seen[writer] == Array(0..<perWriter)) }
      for child in children { #expect(child.exitCode() == 0) }
      close(readers[0], readers[1])
    }
  }

  @Test func `what several processes add to a counter is all there`() async {
    await #expect(processExitsWith: .success) {
      var counter = ZX_HANDLE_INVALID
      try #require(zx_counter_create(0, &counter) == ZX_OK)
      let children = try (0..<3).map { _ in
        try LinkedChild { channel in
          guard let counter = try? take(channel).handles.first else { return 1 }
          for _ in 0..<20_000 {
            guard zx_counter_add(counter, 3) == ZX_OK, zx_counter_add(counter, -2) == ZX_OK
            else { return 2 }
          }
          return 0
        }
      }
      for child in children {
        #expect(write(child.channel, [], [try duplicate(of: counter)]) == ZX_OK)
      }
      for child in children { #expect(child.exitCode() == 0) }
      var value: Int64 = 0
      #expect(zx_counter_read(counter, &value) == ZX_OK)
      #expect(value == 60_000)
      #expect(signals(of: counter) == ZX_COUNTER_POSITIVE)
      close(counter)
      for child in children { close(child.channel) }
    }
  }

  @Test func `a killed writer among others leaves whole elements and a fifo that goes on`() async {
    await #expect(processExitsWith: .success) {
      for round in 0..<50 {
        let (near, far) = try makeFifo(8)
        let child = try LinkedChild { channel in
          guard let fifo = try? take(channel).handles.first else { return 1 }
          var number: UInt64 = 0
          while true {
            let count = fifoWrite(fifo, [number, number + 1, number + 2])
            if count > 0 { number += UInt64(count) }
          }
        }
        #expect(write(child.channel, [], [try duplicate(of: far)]) == ZX_OK)
        #expect(wait(near, ZX_FIFO_READABLE).status == ZX_OK)
        var next: UInt64 = 0
        let end = zx_deadline_after(Int64(200_000 + round * 20_000))
        while zx_clock_get_monotonic() < end {
          for element in fifoRead(near, 5) ?? [] {
            try #require(element == next)
            next += 1
          }
        }
        child.kill()
        // No hang-up: this process holds the end too.
        while let elements = fifoRead(near, 8) {
          for element in elements {
            try #require(element == next)
            next += 1
          }
        }
        #expect(signals(of: near) == ZX_FIFO_WRITABLE)
        #expect(fifoWrite(far, [1, 2, 3]) == 3)
        #expect(fifoRead(near, 8) == [1, 2, 3])
        close(far)
        #expect(wait(near, ZX_FIFO_PEER_CLOSED).observed == ZX_FIFO_PEER_CLOSED)
        close(near, child.channel)
      }
    }
  }

  @Test func `the peer of an end is told when the last of its processes is killed`() async {
    await #expect(processExitsWith: .success) {
      var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
      try #require(zx_eventpair_create(0, &first, &second) == ZX_OK)
      let children = try (0..<3).map { _ in
        try LinkedChild { channel in
          guard let pair = try? take(channel).handles.first else { return 1 }
          guard zx_object_signal_peer(pair, 0, ZX_USER_SIGNAL_0) == ZX_OK else { return 2 }
          return wait(pair, ZX_USER_SIGNAL_7).status == ZX_OK ? 0 : 3
        }
      }
      for child in children {
        #expect(write(child.channel, [], [try duplicate(of: second)]) == ZX_OK)
        #expect(wait(first, ZX_USER_SIGNAL_0).status == ZX_OK)
        #expect(zx_object_signal(first, ZX_USER_SIGNAL_0, 0) == ZX_OK)
      }
      close(second)
      children[1].kill()
      #expect(signals(of: first) == 0)
      children[0].kill()
      #expect(signals(of: first) == 0)
      let waiter = try TestThread { [first] in wait(first, ZX_EVENTPAIR_PEER_CLOSED) }
      #expect(waiter.waitUntilAsleep())
      children[2].kill()
      #expect(waiter.join()?.observed == ZX_EVENTPAIR_PEER_CLOSED)
      close(first)
      for child in children { close(child.channel) }
    }
  }
}
