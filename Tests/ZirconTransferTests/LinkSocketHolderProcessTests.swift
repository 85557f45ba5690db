import CZircon
import Glibc
import TestSupport
import Testing
import TransferSupport
import ZirconLinux

/// Source: what sockets promise, for an end of which several processes have handles, and some of them die.
///
/// Every body runs in a process of its own, which forks.
@Suite("socket ends that several processes hold, and their deaths", .serialized)
struct LinkSocketHolderProcessTests {
  @Test(arguments: kinds)
  func `what several processes write arrives whole, and once`(kind: UInt32) async {
    await #expect(processExitsWith: .success) { [kind] in
      let perWriter = 3_000
      let (near, far) = try makeSocket(kind)
      let children = try (0..<3 as Range<UInt8>).map { writer in
        try LinkedChild { channel in
          guard let socket = try? take(channel).handles.first else { return 1 }
          let record = [UInt8](repeating: writer, count: 80)
          for _ in 0..<perWriter {
            while true {
              let (status, count) = put(socket, record)
              // The capacity is whole records: a stream never has room for a part of one.
              if status == ZX_OK && count == record.count { break }
              guard status == ZX_ERR_SHOULD_WAIT else { return 2 }
              guard wait(socket, ZX_SOCKET_WRITABLE).status == ZX_OK else { return 3 }
            }
          }
          return 0
        }
      }
      for child in children {
        #expect(write(child.channel, [], [try duplicate(of: far)]) == ZX_OK)
      }
      let readers = [near, try carried(duplicate(of: near))]
      close(far)
      var counts = [Int](repeating: 0, count: 3)
      var turn = 0
      while wait(near, ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED).status == ZX_OK {
        turn += 1
        let (status, bytes) = get(readers[turn % 2], 80)
        if status == ZX_ERR_PEER_CLOSED { break }
        guard status == ZX_OK else { continue }
        try #require(bytes.count == 80 && Set(bytes).count == 1)
        counts[Int(bytes[0])] += 1
      }
      #expect(counts == [perWriter, perWriter, perWriter])
      for child in children { #expect(child.exitCode() == 0) }
      close(readers[0], readers[1])
    }
  }

  @Test func `datagrams are dealt out to several readers, each once`() async {
    await #expect(processExitsWith: .success) {
      let (near, far) = try makeSocket(ZX_SOCKET_DATAGRAM)
      let children = try (0..<3).map { _ in
        try LinkedChild { channel in
          guard let socket = try? take(channel).handles.first else { return 1 }
          var sum: UInt64 = 0
          while wait(socket, ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED).status == ZX_OK {
            let (status, bytes) = get(socket, 8)
            if status == ZX_ERR_PEER_CLOSED { break }
            guard status == ZX_OK else { continue }
            guard bytes.count == 8 else { return 2 }
            sum += bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
          }
          let told = withUnsafeBytes(of: sum) { write(channel, [UInt8]($0)) }
          wait(channel, ZX_CHANNEL_PEER_CLOSED)
          return told == ZX_OK ? 0 : 3
        }
      }
      for child in children {
        #expect(write(child.channel, [], [try duplicate(of: far)]) == ZX_OK)
      }
      close(far)
      let count: UInt64 = 20_000
      for number in 1...count {
        let bytes = withUnsafeBytes(of: number) { [UInt8]($0) }
        while put(near, bytes).status != ZX_OK { wait(near, ZX_SOCKET_WRITABLE) }
      }
      close(near)
      var sum: UInt64 = 0
      for child in children {
        let bytes = try take(child.channel).bytes
        sum += bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        close(child.channel)
        #expect(child.exitCode() == 0)
      }
      #expect(sum == count * (count + 1) / 2)
    }
  }

  @Test(arguments: kinds)
  func `a holder that dies anywhere in a change leaves the end to the others`(kind: UInt32) async {
    await #expect(processExitsWith: .success) { [kind] in
      let rounds = getenv("ZIRCON_FAULT_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 1
      for _ in 0..<rounds {
        for point in FaultPoint.allCases {
          for isWriter in [true, false] {
            try survive(kind, point, isWriter: isWriter)
          }
        }
      }
    }
  }

  @Test(arguments: kinds)
  func `all who wait at one end are told, whoever of them is told first`(kind: UInt32) async {
    await #expect(processExitsWith: .success) { [kind] in
      for round in 0..<60 {
        let (near, far) = try makeSocket(kind)
        let child = try LinkedChild { channel in
          guard let socket = try? take(channel).handles.first else { return 1 }
          var port = ZX_HANDLE_INVALID
          guard zx_port_create(0, &port) == ZX_OK,
            zx_object_wait_async(socket, port, 1, ZX_SOCKET_READABLE, 0) == ZX_OK,
            write(channel, [1]) == ZX_OK
          else { return 2 }
          var packet = zx_port_packet_t()
          return zx_port_wait(port, zx_deadline_after(10_000_000_000), &packet) == ZX_OK ? 0 : 3
        }
        #expect(write(child.channel, [], [try duplicate(of: far)]) == ZX_OK)
        var port = ZX_HANDLE_INVALID
        try #require(zx_port_create(0, &port) == ZX_OK)
        #expect(zx_object_wait_async(far, port, 2, ZX_SOCKET_READABLE, 0) == ZX_OK)
        _ = try take(child.channel)
        #expect(put(near, [1]) == (ZX_OK, 1))
        var packet = zx_port_packet_t()
        #expect(zx_port_wait(port, zx_deadline_after(10_000_000_000), &packet) == ZX_OK)
        #expect(child.exitCode() == 0, "round \(round)")
        close(near, far, port, child.channel)
      }
    }
  }

  @Test(arguments: kinds)
  func `a holder that is stopped at any moment blocks nobody for long`(kind: UInt32) async {
    await #expect(processExitsWith: .success) { [kind] in
      let (near, far) = try makeSocket(kind)
      let child = try LinkedChild { channel in
        guard let socket = try? take(channel).handles.first else { return 1 }
        while true {
          switch put(socket, [UInt8](repeating: 1, count: 80)).status {
          case ZX_OK, ZX_ERR_SHOULD_WAIT: continue
          default: return 2
          }
        }
      }
      #expect(write(child.channel, [], [try duplicate(of: far)]) == ZX_OK)
      #expect(wait(near, ZX_SOCKET_READABLE).status == ZX_OK)
      var refused = 0
      for _ in 0..<60 {
        // Makes room, so that the child is in the middle of writing; it may be faster than we read.
        for _ in 0..<200 { _ = get(near, 80) }
        child.send(SIGSTOP)
        while get(near, 80).status == ZX_OK {}
        let start = zx_clock_get_monotonic()
        let status = put(far, [UInt8](repeating: 2, count: 80)).status
        #expect(zx_clock_get_monotonic() - start < 5_000_000_000)
        #expect(status == ZX_OK || status == ZX_ERR_SHOULD_WAIT)
        if status != ZX_OK { refused += 1 }
        child.send(SIGCONT)
        #expect(wait(near, ZX_SOCKET_READABLE).status == ZX_OK)
        let bytes = get(near, 80).bytes
        #expect(bytes.count == 80 && Set(bytes).count == 1)
      }
      print("stopped in the middle: \(refused) of 60")
      child.kill()
      close(near, far, child.channel)
    }
  }

  @Test(arguments: kinds)
  func `a holder that is killed at any moment leaves whole datagrams, or a prefix`(
    kind: UInt32
  ) async {
    await #expect(processExitsWith: .success) { [kind] in
      for round in 0..<40 {
        let (near, far) = try makeSocket(kind)
        let child = try LinkedChild { channel in
          guard let socket = try? take(channel).handles.first else { return 1 }
          var next = 0
          while true {
            let (status, count) = put(socket, pattern(200, from: next))
            if status == ZX_OK { next += count }
          }
        }
        #expect(write(child.channel, [], [try duplicate(of: far)]) == ZX_OK)
        #expect(wait(near, ZX_SOCKET_READABLE).status == ZX_OK)
        var next = 0
        let end = zx_deadline_after(Int64(200_000 + round * 30_000))
        while zx_clock_get_monotonic() < end { try check(near, kind, &next) }
        child.kill()
        while signals(of: near) & ZX_SOCKET_READABLE != 0 { try check(near, kind, &next) }
        #expect(put(far, pattern(10)) == (ZX_OK, 10))
        #expect(get(near, 10) == (ZX_OK, pattern(10)))
        #expect(put(near, pattern(10)) == (ZX_OK, 10))
        #expect(get(far, 10) == (ZX_OK, pattern(10)))
        close(far)
        #expect(wait(near, ZX_SOCKET_PEER_CLOSED).observed == ZX_SOCKET_PEER_CLOSED)
        close(near, child.channel)
      }
    }
  }
}

/// Reads what has come, which goes on where it was.
private func check(_ socket: zx_handle_t, _ kind: UInt32, _ next: inout Int) throws {
  let (status, bytes) = get(socket, 300)
  guard status == ZX_OK else { return }
  try #require(bytes == pattern(bytes.count, from: next))
  if kind == ZX_SOCKET_DATAGRAM { try #require(bytes.count == 200) }
  next += bytes.count
}

/// A child that holds an end too dies at `point` of its write or read; the others go on.
private func survive(_ kind: UInt32, _ point: FaultPoint, isWriter: Bool) throws {
  let (near, far) = try makeSocket(kind)
  // Some of it is with Linux, and some comes to be in the ring.
  for _ in 0..<4 { #expect(put(near, [UInt8](repeating: 5, count: 100)) == (ZX_OK, 100)) }
  let child = try LinkedChild { channel in
    guard let socket = try? take(channel).handles.first else { return 1 }
    // Waited for by nobody there; told all the same.
    _ = write(channel, [1])
    point.arm()
    for _ in 0..<2_000 {
      if isWriter {
        _ = put(socket, [UInt8](repeating: 7, count: 100))
      } else {
        _ = get(socket, 100)
      }
    }
    return 0
  }
  #expect(write(child.channel, [], [try duplicate(of: far)]) == ZX_OK)
  for _ in 0..<4 { #expect(put(near, [UInt8](repeating: 5, count: 100)) == (ZX_OK, 100)) }
  _ = try? take(child.channel)
  _ = child.exitCode()
  // The count of what waits is that of what can be read, at both ends.
  for (reader, byte) in [(near, UInt8(7)), (far, 5)] {
    var facts = zx_info_socket_t()
    var total = 0
    while true {
      let (status, bytes) = get(reader, 100)
      guard status == ZX_OK else {
        try #require(status == ZX_ERR_SHOULD_WAIT, "\(point) \(isWriter)")
        break
      }
      try #require(bytes == [UInt8](repeating: byte, count: bytes.count), "\(point) \(isWriter)")
      if kind == ZX_SOCKET_DATAGRAM { try #require(bytes.count == 100) }
      total += bytes.count
    }
    #expect(
      zx_object_get_info(
        reader, UInt32(ZX_INFO_SOCKET), &facts, MemoryLayout.size(ofValue: facts), nil, nil)
        == ZX_OK)
    #expect(facts.rx_buf_size == 0)
    #expect(signals(of: reader) & (ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED) == 0)
    #expect(total <= 264_160)
  }
  // All of the capacity is there again.
  for (writer, reader) in [(far, near), (near, far)] {
    var total = 0
    while true {
      let (status, count) = put(writer, pattern(1_000))
      guard status == ZX_OK else { break }
      total += count
    }
    #expect(total == (kind == ZX_SOCKET_STREAM ? 264_160 : 264_000), "\(point) \(isWriter)")
    var left = total
    while left > 0 {
      let bytes = get(reader, 1_000).bytes
      try #require(bytes == pattern(min(1_000, left)), "\(point) \(isWriter)")
      left -= bytes.count
    }
  }
  close(near, far, child.channel)
}
