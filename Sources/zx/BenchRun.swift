import CBench
import CZircon

/// All workloads of one backend.
struct BenchRun: Codable {
  let backend: Backend
  let ring: String
  let ringOperations: UInt64
  let syscallOperations: UInt64
  let socketBuffer: UInt64
  let rounds: Int
  let results: [BenchResult]
  let memory: [BenchMemory]
  let notRun: [BenchOmission]

  /// Measures in this process.
  init(
    backend: Backend, workloads: [Workload], rounds: Int, progress: ProgressLine
  ) throws(BenchError) {
    BenchChannel.prepare()
    var results: [BenchResult] = []
    var memory: [BenchMemory] = []
    var notRun: [BenchOmission] = []
    for (index, workload) in workloads.enumerated() {
      if let obstacle = workload.obstacle() {
        notRun.append(BenchOmission(name: workload.name, reason: obstacle))
        continue
      }
      let label = "\(backend.rawValue) \(index + 1)/\(workloads.count) \(workload.name)"
      progress.show(label)
      let raw = try BenchSide(workload, CBENCH_TWIN)
      let zircon = try BenchSide(workload, CBENCH_ZIRCON)
      if workload.unit == .bytes {
        memory.append(
          BenchMemory(workload, backend: backend, raw: try raw.run(), zircon: try zircon.run()))
        continue
      }
      var measured: [Round] = []
      for number in 0..<rounds {
        progress.show("\(label), round \(number + 1) of \(rounds)")
        measured.append(try Round(raw, zircon, zirconFirst: number % 2 == 1))
      }
      results.append(BenchResult(workload, backend: backend, rounds: measured))
    }
    var info = zxl_backend_info_t()
    _ = zxl_backend_get_info(&info)
    self.backend = backend
    self.ring = RingState(info.ring).text
    self.ringOperations = info.ring_operations
    self.syscallOperations = info.syscall_operations
    self.socketBuffer = info.socket_buffer
    self.rounds = rounds
    self.results = results
    self.memory = memory
    self.notRun = notRun
  }
}

/// One round of a workload: each side once, one right after the other.
struct Round {
  let raw: [UInt64]
  let zircon: [UInt64]

  /// The time of the Zircon side in times of the raw one.
  var ratio: Double { Double(zircon.reduce(0, +)) / Double(raw.reduce(0, +)) }

  init(
    _ rawSide: borrowing BenchSide, _ zirconSide: borrowing BenchSide, zirconFirst: Bool
  ) throws(BenchError) {
    if zirconFirst {
      zircon = try zirconSide.run()
      raw = try rawSide.run()
    } else {
      raw = try rawSide.run()
      zircon = try zirconSide.run()
    }
  }
}

/// What came out for one workload.
struct BenchResult: Codable {
  let name: String
  let unit: Workload.Unit
  let raw: BenchFigures
  let zircon: BenchFigures
  let ratio: Double
  let ratioMinimum: Double
  let ratioMaximum: Double

  /// The ratio that is the goal, and whether it is met.
  let bar: Double?
  let isMet: Bool?

  init(_ workload: Workload, backend: Backend, rounds: [Round]) {
    let ratios = rounds.map(\.ratio).sorted()
    name = workload.name
    unit = workload.unit
    raw = BenchFigures(workload, rounds: rounds.map(\.raw))
    zircon = BenchFigures(workload, rounds: rounds.map(\.zircon))
    ratio = median(ratios)
    ratioMinimum = ratios.first ?? .nan
    ratioMaximum = ratios.last ?? .nan
    bar = workload.bar(for: backend)
    isMet = bar.map { [ratio] in ratio <= $0 }
  }
}

/// The memory of an idle pair in bytes, beside its two descriptors.
struct BenchMemory: Codable {
  let name: String
  let pairs: Int

  /// What the processes of both sides took for each pair.
  let raw: Double
  let zircon: Double

  /// What a Zircon pair takes more than a raw one.
  let more: Double

  /// What is the goal of that, and whether it is met.
  let bar: Double?
  let isMet: Bool?

  init(_ workload: Workload, backend: Backend, raw: [UInt64], zircon: [UInt64]) {
    name = workload.name
    pairs = workload.pairs
    self.raw = BenchFigures(workload, rounds: [raw]).median
    self.zircon = BenchFigures(workload, rounds: [zircon]).median
    more = self.zircon - self.raw
    bar = workload.bar(for: backend)
    isMet = bar.map { [more] in more <= $0 }
  }
}

/// A workload that could not run, which says nothing about its goal.
struct BenchOmission: Codable {
  let name: String
  let reason: String
}

/// The figures of one side, in the unit of the workload.
struct BenchFigures: Codable {
  /// The median over the rounds.
  let median: Double

  /// What 99 of 100 slices are at least as good as; only where rounds have slices.
  let p99: Double?

  init(_ workload: Workload, rounds: [[UInt64]]) {
    let slices = rounds.joined().sorted()
    let perOperation = { (nanoseconds: Double) in nanoseconds / Double(workload.operations) }
    let middle = zx.median(rounds.map { Double($0.reduce(0, +)) / Double($0.count) }.sorted())
    switch workload.unit {
    case .nanoseconds:
      median = perOperation(middle)
      p99 = perOperation(Double(slices[(slices.count * 99 - 1) / 100]))
    case .bytes:
      median = perOperation(middle)
      p99 = nil
    case .megabytesPerSecond:
      median = 1000 / perOperation(middle)
      p99 = nil
    }
  }
}

/// The middle of sorted numbers.
func median(_ sorted: [Double]) -> Double {
  guard !sorted.isEmpty else { return .nan }
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
