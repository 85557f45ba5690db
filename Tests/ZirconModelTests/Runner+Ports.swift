import CZircon

/// Ports.
extension Runner {
  func perform(_ step: PortStep) throws(Difference) {
    switch step {
    case .create(let options, let out, let isKept):
      try createPort(options: options, out: out, isKept: isKept)
    case .queue(let handle, let key, let type, let status, let seed, let place):
      let payload = (0..<4).map { seed &* UInt64(2 * $0 + 1) }
      let packet = ModelPacket(
        key: key, type: type, status: status, payload: payload, moment: 0)
      try queue(handle, packet, place)
    case .flood(let handle, let key):
      let packet = ModelPacket(key: key, type: 7, payload: [1, 2, 3, 4], moment: 0)
      while try queue(handle, packet, nil) == .ok {}
      for _ in 0..<40 { try queue(handle, packet, nil) }
    case .wait(let handle, let choice, let place): try waitPort(handle, choice, place)
    case .waitAsync(let handle, let port, let keys, let mask, let options):
      for key in keys {
        try compare(
          .objectWaitAsync, zx_object_wait_async(handle, port, key, mask, options),
          model.waitAsync(handle, port: port, key: key, mask: mask, options: options))
      }
    case .cancel(let handle, let source, let key):
      try compare(
        .portCancel, zx_port_cancel(handle, source, key),
        model.cancel(handle, source: source, key: key))
    case .cancelKey(let handle, let options, let key):
      try compare(
        .portCancelKey, zx_port_cancel_key(handle, options, key),
        model.cancelKey(handle, options: options, key: key))
    }
  }

  // MARK: Packets

  @discardableResult
  private func queue(
    _ handle: UInt32, _ packet: ModelPacket, _ place: Place?
  ) throws(Difference) -> StatusCode {
    let place = place ?? .sink(ProgramMemory.byteCount - PortConstant.packetByteCount)
    let raw = memory.pointer(place)
    let isReadable = ProgramMemory.readableCount(place) >= PortConstant.packetByteCount
    if isReadable {
      for (index, word) in packet.words.enumerated() {
        raw?.storeBytes(of: word, toByteOffset: 8 * index, as: UInt64.self)
      }
    }
    let status = zx_port_queue(handle, raw?.assumingMemoryBound(to: zx_port_packet_t.self))
    let expected = model.queue(handle, isReadable ? packet : nil)
    try compare(.portQueue, status, expected)
    return expected
  }

  private func waitPort(
    _ handle: UInt32, _ choice: DeadlineChoice, _ place: Place
  ) throws(Difference) {
    let most = PortConstant.packetByteCount + 16
    let destination = memory.destination([Segment(place: place, byteCount: UInt(most))])
    destination.fill(most)
    let raw = memory.pointer(place)?.assumingMemoryBound(to: zx_port_packet_t.self)
    let status = zx_port_wait(handle, deadline(choice), raw)
    let stored = destination.first(most)
    switch Result(catching: { () throws(StatusCode) in try model.portToTakeFrom(handle) }) {
    case .failure(let expected):
      try compare(.portWait, status, expected)
      try Difference.check(
        "packet untouched", stored.allSatisfy { $0 == ProgramMemory.canary }, true)
    case .success(let port):
      guard ProgramMemory.writableCount(place) >= PortConstant.packetByteCount else {
        try compare(.portWait, status, .invalidArgs)
        return model.ports[port].take(at: 0)
      }
      try compare(.portWait, status, .ok)
      try takePacket(port, stored)
    }
  }

  /// Finds the packet of the bytes `stored` among those that may be the oldest.
  private func takePacket(_ port: Int, _ stored: [UInt8]) throws(Difference) {
    let words = stored.withUnsafeBytes { stored in
      (0..<6).map { stored.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) }
    }
    let candidates = model.ports[port].candidates
    let found = candidates.first { index in
      let packet = model.ports[port].queue[index]
      var expected = packet.words
      if packet.hasTime, words[ModelPacket.timeIndex] != 0 {
        expected[ModelPacket.timeIndex] = words[ModelPacket.timeIndex]
      }
      let open = UInt64(packet.openSignals) << 32
      let place = ModelPacket.signalsIndex
      expected[place] = expected[place] & ~open | words[place] & open
      // A time there must be.
      return expected == words && (!packet.hasTime || words[ModelPacket.timeIndex] != 0)
    }
    guard let found else {
      let expected = candidates.map { "\(model.ports[port].queue[$0])" }
      throw Difference(
        description: "packet: library \(words), model one of:\n"
          + expected.joined(separator: "\n"))
    }
    if let handle = model.ports[port].queue[found].handle, !model.isInTable(handle) {
      model.met.append(.packetOutlivedHandle)
    }
    model.ports[port].take(at: found)
    let isUntouched = stored.dropFirst(PortConstant.packetByteCount)
      .allSatisfy { $0 == ProgramMemory.canary }
    try Difference.check("memory behind the packet is untouched", isUntouched, true)
  }
}
