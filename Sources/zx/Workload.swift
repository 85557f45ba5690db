import CBench

/// A workload of `zx bench`.
struct Workload {
  /// What the figures count.
  enum Unit: String, Codable {
    case nanoseconds = "ns"
    case megabytesPerSecond = "MB/s"
  }

  let name: String
  let unit: Unit

  /// The ratio that is the goal, by backend.
  private let bars: [Backend: Double]
  private let description: cbench_workload_t

  /// What the twin asks `SO_SNDBUF` for: the same as the library.
  private static let socketBuffer = environment("ZIRCON_SNDBUF").flatMap { Int($0) } ?? 1 << 20

  /// The slices of a round; where threads move bytes, a round is one long slice.
  var slices: Int { description.shape == CBENCH_THREADS ? 1 : 20 }

  /// Operations in a slice; bytes where threads move them.
  var operations: Int {
    description.repeats * (description.shape == CBENCH_BATCH ? Int(description.messages) : 1)
  }

  /// The ratio that is the goal, if there is one.
  func bar(for backend: Backend) -> Double? {
    bars[backend]
  }

  /// Runs one round of one side.
  ///
  /// - Returns: The nanoseconds of each slice.
  func run(side: UInt32) throws(BenchError) -> [UInt64] {
    var description = description
    var times = [UInt64](repeating: 0, count: slices)
    var failure = cbench_failure_t()
    guard cbench_run(&description, side, &times, slices, &failure) == 0 else {
      throw BenchError(workload: name, failure: failure)
    }
    return times
  }
}

extension Workload {
  /// All of them, in the order in which they run.
  static let all: [Workload] =
    messages + [createClose] + batches + threads

  private static let messages = [false, true].flatMap { isDatagram in
    [
      message(
        64, isDatagram: isDatagram, repeats: 1000, [.auto: 1.12, .syscall: 1.12, .uring: 1.45]),
      message(4096, isDatagram: isDatagram, repeats: 500, [:]),
      message(
        65536, isDatagram: isDatagram, repeats: 100, [.auto: 1.05, .syscall: 1.05, .uring: 1.12]),
    ]
  }

  private static let createClose = Workload(
    name: "create+close of a pair", unit: .nanoseconds,
    bars: [.auto: 1.6, .syscall: 1.6, .uring: 1.6],
    description: description(CBENCH_CREATE_CLOSE, size: 0, repeats: 100))

  private static let batches = [
    batch("one stream", isDatagram: false, pairs: 1, [.auto: 0.25, .uring: 0.25]),
    batch("one datagram socket", isDatagram: true, pairs: 1, [.auto: 0.85, .uring: 0.85]),
    batch("32 sockets", isDatagram: false, pairs: 32, [.auto: 0.85, .uring: 0.85]),
  ]

  private static let threads = [
    thread(65536, megabytes: 128, bar: 1.15),
    thread(4096, megabytes: 64, bar: 1.3),
    thread(64, megabytes: 4, bar: 1.4),
  ]

  private static func message(
    _ size: Int, isDatagram: Bool, repeats: Int, _ bars: [Backend: Double]
  ) -> Workload {
    Workload(
      name: "write+read \(byteText(size)) \(isDatagram ? "datagram" : "stream")",
      unit: .nanoseconds, bars: bars,
      description: description(
        CBENCH_MESSAGE, isDatagram: isDatagram, size: size, repeats: repeats))
  }

  private static func batch(
    _ place: String, isDatagram: Bool, pairs: UInt32, _ bars: [Backend: Double]
  ) -> Workload {
    Workload(
      name: "batch 32 x 64 B \(place)", unit: .nanoseconds, bars: bars,
      description: description(
        CBENCH_BATCH, isDatagram: isDatagram, pairs: pairs, messages: 32, size: 64, repeats: 30))
  }

  private static func thread(_ size: Int, megabytes: Int, bar: Double) -> Workload {
    Workload(
      name: "two threads \(byteText(size))", unit: .megabytesPerSecond,
      bars: [.auto: bar, .syscall: bar, .uring: bar],
      description: description(CBENCH_THREADS, size: size, repeats: megabytes << 20))
  }

  private static func description(
    _ shape: UInt32, isDatagram: Bool = false, pairs: UInt32 = 1, messages: UInt32 = 1, size: Int,
    repeats: Int
  ) -> cbench_workload_t {
    cbench_workload_t(
      shape: shape, datagram: isDatagram ? 1 : 0, pairs: pairs, messages: messages,
      message_size: size, repeats: repeats, socket_buffer: socketBuffer)
  }
}
