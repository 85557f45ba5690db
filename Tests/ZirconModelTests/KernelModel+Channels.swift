/// Calls on channels.
extension KernelModel {
  // MARK: Write

  /// What became of a write.
  struct ChannelWrite {
    var status: StatusCode
    /// What each entry would tell; nothing for those that are well.
    var results: [StatusCode?] = []
  }

  private func lookUpChannel(_ value: UInt32, _ rights: UInt32) throws(StatusCode) -> EndID {
    guard case .channelEnd(let end) = try lookUp(value, type: ObjectType.channel, rights) else {
      throw .wrongType
    }
    return end
  }

  /// Source: `zx_channel_write`, `zx_channel_write_etc`.
  ///
  /// `bytes` is what the message would hold, or why it cannot be had; `entries` is nothing if the array
  /// cannot be read.
  mutating func writeChannel(
    _ value: UInt32, options: UInt32, _ bytes: Result<[UInt8], StatusCode>,
    _ entries: [Disposition]?
  ) -> ChannelWrite {
    do throws(StatusCode) {
      guard options & ~ChannelConstant.useVector == 0 else { throw .invalidArgs }
      let end = try lookUpChannel(value, Right.write)
      guard entries?.count ?? 0 <= ChannelConstant.maxHandles else { throw .outOfRange }
      let bytes = try bytes.get()
      guard let entries else { throw .invalidArgs }
      return send(bytes, entries, from: end)
    } catch {
      consume(entries ?? [])
      return ChannelWrite(status: error)
    }
  }

  /// Ends what a refused write takes with it.
  private mutating func consume(_ entries: [Disposition]) {
    var ended: [ModelHandle] = []
    for entry in entries where entry.operation != ChannelConstant.duplicate {
      guard let handle = find(entry.handle) else { continue }
      take(handle)
      ended.append(handle)
    }
    endAll(ended)
  }

  private mutating func send(
    _ bytes: [UInt8], _ entries: [Disposition], from end: EndID
  ) -> ChannelWrite {
    var results: [StatusCode?] = []
    var sent: [ModelHandle] = []
    var refused: [ModelHandle] = []
    for entry in entries {
      guard var handle = find(entry.handle) else {
        results.append(.badHandle)
        continue
      }
      let result = judge(entry, handle, from: end)
      results.append(result)
      let rights = rightsForCopy(of: handle, entry.rights) ?? Right.none
      if entry.operation == ChannelConstant.duplicate {
        if result == nil { sent.append(makeHandle(handle.object, rights: rights)) }
        continue
      }
      take(handle)
      handle.value = 0
      guard result == nil else {
        refused.append(handle)
        continue
      }
      handle.rights = rights
      sent.append(handle)
    }
    let status = results.compactMap { $0 }.first ?? peerStatus(of: end)
    guard status == .ok else {
      endAll(refused + sent)
      return ChannelWrite(status: status, results: results)
    }
    channels[end.pair].send(ModelMessage(bytes: bytes, handles: sent), from: end.side)
    deliver([.channelEnd(end.peer)])
    return ChannelWrite(status: .ok, results: results)
  }

  private func peerStatus(of end: EndID) -> StatusCode {
    channels[end.pair].ends[end.peer.side].isOpen ? .ok : .peerClosed
  }

  /// What is wrong with an entry whose handle is live, if anything.
  private func judge(
    _ entry: Disposition, _ handle: ModelHandle, from end: EndID
  ) -> StatusCode? {
    let isDuplicate = entry.operation == ChannelConstant.duplicate
    if entry.operation != ChannelConstant.move, !isDuplicate { return .invalidArgs }
    if !handle.has(Right.transfer) { return .accessDenied }
    if handle.object == .channelEnd(end) { return .notSupported }
    if entry.type != ObjectType.none, entry.type != handle.object.type { return .wrongType }
    if rightsForCopy(of: handle, entry.rights) == nil { return .invalidArgs }
    return isDuplicate && !handle.has(Right.duplicate) ? .accessDenied : nil
  }

  // MARK: Read

  /// What a read finds.
  enum ChannelRead {
    case refused(StatusCode)
    case tooSmall(byteCount: Int, handleCount: Int)
    /// The message, out of the channel; its handles end with ``endAll(_:)`` or arrive with
    /// ``arrive(_:value:)``.
    case message(ModelMessage)
  }

  /// Source: `zx_channel_read`, `zx_channel_read_etc`.
  mutating func readChannel(
    _ value: UInt32, options: UInt32, byteCount: Int, handleCount: Int
  ) -> ChannelRead {
    do throws(StatusCode) {
      let end = try lookUpChannel(value, Right.read)
      guard options & ~ChannelConstant.mayDiscard == 0 else { throw .notSupported }
      guard let first = channels[end.pair].ends[end.side].messages.first else {
        throw peerStatus(of: end) == .ok ? .shouldWait : .peerClosed
      }
      let isTooSmall = first.bytes.count > byteCount || first.handles.count > handleCount
      guard isTooSmall else { return .message(channels[end.pair].receive(at: end.side)) }
      if options & ChannelConstant.mayDiscard != 0 {
        endAll(channels[end.pair].receive(at: end.side).handles)
      }
      return .tooSmall(byteCount: first.bytes.count, handleCount: first.handles.count)
    } catch {
      return .refused(error)
    }
  }

  /// Gives a handle that was read its value; from now on it is another one.
  mutating func arrive(_ handle: ModelHandle, value: UInt32) {
    let count = waits.count
    waits.removeAll { $0.handle == handle.identity }
    if waits.count < count { met.append(.endedByReceipt) }
    if case .channelEnd(let end) = handle.object,
      !channels[end.pair].ends[end.side].messages.isEmpty
    {
      met.append(.receivedWithMessages)
    }
    adopt(value, object: handle.object, rights: handle.rights)
    forget(handle)
  }

  // MARK: For the choice of a step

  /// The next message that a read through a handle would find.
  func nextMessage(_ value: UInt32) -> ModelMessage? {
    guard case .channelEnd(let end)? = find(value)?.object else { return nil }
    return channels[end.pair].ends[end.side].messages.first
  }

  /// Whether `keeper` is `kept`, or has it in one of its messages or in a channel among those.
  func keeps(_ keeper: EndID, _ kept: EndID) -> Bool {
    if keeper == kept { return true }
    return channels[keeper.pair].ends[keeper.side].messages.contains { message in
      message.handles.contains { handle in
        guard case .channelEnd(let end) = handle.object else { return false }
        return keeps(end, kept)
      }
    }
  }
}
