/// How often each call answered each status, and each shape of a receive buffer was met.
struct Coverage {
  /// Shapes that a receive buffer takes.
  enum Shape: String, CaseIterable, Comparable {
    case kernelOnly = "kernel only"
    case kernelAndRing = "kernel and ring"
    case ringOnly = "ring only"
    case ringWrapped = "ring wrapped"

    static func < (left: Shape, right: Shape) -> Bool { left.rawValue < right.rawValue }
  }

  /// What can become of waits, packets and handles in messages.
  enum Situation: String, CaseIterable, Comparable {
    case firedTogether = "several waits fired by one change"
    case firedByAnotherBit = "fired when another bit rose"
    case firedInFlight = "fired through a handle in a message"
    case endedByClose = "wait ended with its handle"
    case endedByReceipt = "wait ended as its handle was read"
    case endedInFlight = "wait ended with an unread message"
    case packetOutlivedHandle = "packet outlived its handle"
    case closedUnread = "channel closed with handles unread"
    case receivedWithMessages = "channel received with messages in it"

    static func < (left: Situation, right: Situation) -> Bool { left.rawValue < right.rawValue }
  }

  /// One call with one of its answers.
  struct Answer: Hashable, Comparable {
    let call: Call
    let status: StatusCode

    static func < (left: Answer, right: Answer) -> Bool {
      left.call == right.call ? left.status < right.status : left.call < right.call
    }
  }

  private(set) var answers: [Answer: Int] = [:]
  private(set) var shapes: [Shape: Int] = [:]
  private(set) var situations: [Situation: Int] = [:]

  mutating func note(_ call: Call, _ status: StatusCode) {
    answers[Answer(call: call, status: status), default: 0] += 1
  }

  mutating func note(_ met: [Situation]) {
    for situation in met { situations[situation, default: 0] += 1 }
  }

  mutating func note(_ shape: QueueShape) {
    switch (shape.kernelCount > 0, shape.ringCount > 0) {
    case (true, false): shapes[.kernelOnly, default: 0] += 1
    case (true, true): shapes[.kernelAndRing, default: 0] += 1
    case (false, true): shapes[.ringOnly, default: 0] += 1
    case (false, false): break
    }
    if shape.isWrapped { shapes[.ringWrapped, default: 0] += 1 }
  }

  /// Every answer that a program can get; out of memory or descriptors it cannot.
  static let reachable: [Answer] = {
    let transfer: [StatusCode] = [
      .ok, .invalidArgs, .badHandle, .wrongType, .accessDenied, .peerClosed, .badState, .shouldWait,
    ]
    let write = transfer + [.outOfRange]
    let lookUp: [StatusCode] = [.badHandle, .wrongType, .accessDenied]
    let channelWrite = lookUp + [.ok, .invalidArgs, .outOfRange, .notSupported, .peerClosed]
    let channelRead =
      lookUp + [.ok, .invalidArgs, .notSupported, .shouldWait, .peerClosed, .bufferTooSmall]
    let table: [(Call, [StatusCode])] = [
      (.socketCreate, [.ok, .invalidArgs]),
      (.socketWrite, write),
      (.socketRead, transfer),
      (.socketPeek, transfer),
      (
        .socketSetDisposition,
        [.ok, .invalidArgs, .badHandle, .wrongType, .accessDenied, .badState]
      ),
      (.socketShutdown, [.ok, .invalidArgs, .badHandle, .wrongType, .accessDenied]),
      (.vectorWrite, write),
      (.vectorRead, transfer + [.outOfRange]),
      (.batch, [.ok, .invalidArgs, .outOfRange]),
      (.batchWrite, write),
      (.batchRead, transfer),
      (
        .objectGetProperty,
        [.ok, .invalidArgs, .badHandle, .accessDenied, .notSupported, .bufferTooSmall, .wrongType]
      ),
      (
        .objectSetProperty,
        [
          .ok, .invalidArgs, .badHandle, .accessDenied, .notSupported, .bufferTooSmall, .wrongType,
          .peerClosed,
        ]
      ),
      (
        .objectGetInfo,
        [.ok, .invalidArgs, .badHandle, .accessDenied, .notSupported, .bufferTooSmall, .wrongType]
      ),
      (.objectSignal, [.ok, .invalidArgs, .badHandle, .accessDenied]),
      (.objectSignalPeer, [.ok, .invalidArgs, .badHandle, .accessDenied, .peerClosed]),
      (.objectWaitOne, [.ok, .timedOut, .invalidArgs, .badHandle, .accessDenied]),
      (.objectWaitMany, [.ok, .timedOut, .invalidArgs, .badHandle, .accessDenied, .outOfRange]),
      (.handleClose, [.ok, .badHandle]),
      (.handleCloseMany, [.ok, .badHandle, .invalidArgs]),
      (.handleDuplicate, [.ok, .badHandle, .accessDenied, .invalidArgs]),
      (.handleReplace, [.ok, .badHandle, .invalidArgs]),
      (.handleCheckValid, [.ok, .invalidArgs, .outOfRange, .notFound]),
      (.eventCreate, [.ok, .invalidArgs]),
      (.eventPairCreate, [.ok, .invalidArgs, .notSupported]),
      (.portCreate, [.ok, .invalidArgs]),
      (.portQueue, lookUp + [.ok, .invalidArgs, .shouldWait]),
      (.portWait, lookUp + [.ok, .invalidArgs, .timedOut]),
      (.portCancel, lookUp + [.ok, .notFound]),
      (.portCancelKey, lookUp + [.ok, .invalidArgs, .notFound]),
      (.objectWaitAsync, lookUp + [.ok, .invalidArgs]),
      (.channelCreate, [.ok, .invalidArgs]),
      (.channelWrite, channelWrite),
      (.channelWriteEtc, channelWrite),
      (.channelRead, channelRead),
      (.channelReadEtc, channelRead),
    ]
    return table.flatMap { call, statuses in statuses.map { Answer(call: call, status: $0) } }
  }()

  /// Reachable answers, shapes and situations met fewer than `minimum` times.
  func rare(below minimum: Int) -> [String] {
    let rareAnswers = Coverage.reachable.filter { answers[$0, default: 0] < minimum }
    let rareShapes = Shape.allCases.filter { shapes[$0, default: 0] < minimum }
    return rareAnswers.map { "\($0.call.rawValue) \($0.status): \(answers[$0, default: 0])" }
      + rareShapes.map { "\($0.rawValue): \(shapes[$0, default: 0])" }
      + Situation.allCases.filter { situations[$0, default: 0] < minimum }
      .map { "\($0.rawValue): \(situations[$0, default: 0])" }
  }

  /// Answers that no table of the contract allows.
  var unexpected: [String] {
    Set(answers.keys).subtracting(Coverage.reachable).sorted().map {
      "\($0.call.rawValue) \($0.status)"
    }
  }

  /// One line for each call, one for the shapes, then one for each situation.
  var table: String {
    var lines: [String] = []
    for call in Call.allCases {
      let met = answers.filter { $0.key.call == call }.sorted { $0.key < $1.key }
      let columns = met.map { "\($0.key.status) \($0.value)" }
      lines.append("\(call.rawValue): \(columns.joined(separator: ", "))")
    }
    let columns = Shape.allCases.map { "\($0.rawValue) \(shapes[$0, default: 0])" }
    lines.append("receive buffers: \(columns.joined(separator: ", "))")
    lines += Situation.allCases.map { "\($0.rawValue): \(situations[$0, default: 0])" }
    return lines.joined(separator: "\n")
  }
}
