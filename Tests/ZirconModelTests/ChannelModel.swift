/// A message in a channel.
struct ModelMessage {
  var bytes: [UInt8]
  var handles: [ModelHandle]
}

/// A channel in plain arrays.
struct ChannelModel {
  /// One of the two endpoints.
  struct End {
    var word = SignalWord(Signal.writable)
    var isOpen = true
    /// What it has received and nobody has read, oldest first.
    fileprivate(set) var messages: [ModelMessage] = []
  }

  var ends = [End(), End()]

  /// Queues a message of the end `side` at the other one, which is open.
  mutating func send(_ message: ModelMessage, from side: Int) {
    ends[1 - side].messages.append(message)
    ends[1 - side].word.update(clear: 0, set: Signal.readable)
  }

  /// Takes the first message at `side`, where there is one.
  mutating func receive(at side: Int) -> ModelMessage {
    let message = ends[side].messages.removeFirst()
    if ends[side].messages.isEmpty { ends[side].word.update(clear: Signal.readable, set: 0) }
    return message
  }

  /// The last handle of an endpoint has gone; the result is what it has not read.
  mutating func close(_ side: Int) -> [ModelMessage] {
    defer { ends[side].messages = [] }
    ends[side].isOpen = false
    if ends[1 - side].isOpen {
      ends[1 - side].word.update(clear: Signal.writable, set: Signal.peerClosed)
    }
    return ends[side].messages
  }
}

/// One handle of a message to be written, as `zx_handle_disposition_t` has it.
struct Disposition {
  var operation = ChannelConstant.move
  var handle: UInt32
  var type = ObjectType.none
  var rights = Right.same
  var result: Int32 = 0
}
