import CBench

/// A workload of `zx bench`.
struct Workload {
  /// What the figures count.
  enum Unit: String, Codable {
    case nanoseconds = "ns"
    case megabytesPerSecond = "MB/s"
    case bytes = "B"
  }

  let name: String
  let unit: Unit

  /// The ratio that is the goal, by backend.
  private let bars: [Backend: Double]
  private let description: cbench_workload_t

  /// What the twin asks `SO_SNDBUF` for: the same as the library.
  private static let socketBuffer = environment("ZIRCON_SNDBUF").flatMap { Int($0) } ?? 1 << 20

  /// The slices of a round; where threads move bytes, a round is one long slice.
  var slices: Int {
    [CBENCH_THREADS, CBENCH_IDLE, CBENCH_TWO_STREAM].contains(description.shape) ? 1 : 20
  }

  /// Operations in a slice; bytes where threads move them, pairs where those are idle.
  var operations: Int {
    switch description.shape {
    case CBENCH_IDLE: pairs
    case CBENCH_BATCH, CBENCH_BURST: description.repeats * Int(description.messages)
    default: description.repeats
    }
  }

  /// Pairs that a side has at once.
  var pairs: Int { Int(description.pairs) }

  /// Whether each side runs in a process of its own.
  var needsProcesses: Bool { (CBENCH_EVENT...CBENCH_IDLE).contains(description.shape) }

  /// Why it cannot run here, if it cannot: raises the limit of descriptors as far as that is allowed.
  func obstacle() -> String? {
    guard needsProcesses else { return nil }
    let needed = withUnsafePointer(to: description) { cbench_descriptors($0) }
    let allowed = cbench_raise_descriptors(needed)
    if allowed >= needed { return nil }
    return "needs \(needed) descriptors in a process, and RLIMIT_NOFILE allows \(allowed)"
  }

  /// The ratio that is the goal, if there is one.
  func bar(for backend: Backend) -> Double? {
    bars[backend]
  }

  /// Calls `body` with what C knows it by, and turns its failure into an error.
  func attempt(
    _ body: (UnsafePointer<cbench_workload_t>, UnsafeMutablePointer<cbench_failure_t>) -> Int32
  ) throws(BenchError) {
    var failure = cbench_failure_t()
    let result = withUnsafePointer(to: description) { body($0, &failure) }
    guard result == 0 else { throw BenchError(workload: name, failure: failure) }
  }
}

extension Workload {
  /// All of them, in the order in which they run.
  static let all: [Workload] =
    messages + [createClose] + batches + threads + twoProcesses + ports + [idle]

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

  private static let twoProcesses = [
    pingPong(cpus: 1), pingPong(cpus: 2),
    stream(65536, megabytes: 256, bar: 1.1), stream(64, megabytes: 8, bar: 1.2),
  ]

  private static let ports = [
    port("64 active", CBENCH_EVENT, repeats: 640, [.auto: 1.2, .syscall: 1.2, .uring: 1.2]),
    port("bursts of 64", CBENCH_BURST, repeats: 10, [.auto: 1.2, .syscall: 1.2, .uring: 1.45]),
  ]

  private static let idle = Workload(
    name: "memory of an idle pair", unit: .bytes,
    bars: [.auto: 1024, .syscall: 1024, .uring: 1024],
    description: description(CBENCH_IDLE, pairs: 9000, size: 65536, repeats: 65 * 4064))

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

  private static func pingPong(cpus: UInt32) -> Workload {
    Workload(
      name: "two processes, there and back 64 B, \(cpus) CPU\(cpus == 1 ? "" : "s")",
      unit: .nanoseconds, bars: [.auto: 1.35, .syscall: 1.35, .uring: 1.35],
      description: description(CBENCH_TWO_PING, pairs: cpus, size: 64, repeats: 500))
  }

  private static func stream(_ size: Int, megabytes: Int, bar: Double) -> Workload {
    Workload(
      name: "two processes, one way \(byteText(size))", unit: .megabytesPerSecond,
      bars: [.auto: bar, .syscall: bar, .uring: bar],
      description: description(CBENCH_TWO_STREAM, pairs: 2, size: size, repeats: megabytes << 20))
  }

  private static func port(_ what: String, _ shape: UInt32, repeats: Int, _ bars: [Backend: Double])
    -> Workload
  {
    Workload(
      name: "port, 9,000 pairs, \(what)", unit: .nanoseconds, bars: bars,
      description: description(shape, pairs: 9000, messages: 64, size: 1, repeats: repeats))
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
