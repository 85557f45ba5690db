import CZircon
import Glibc
import TestSupport
import Testing

/// Random programs of calls, compared with the model after every step.
///
/// `ZIRCON_MODEL_STEPS` says how many steps (200,000 unless told), `ZIRCON_MODEL_SEED` which
/// programs; the seed is printed. `ZIRCON_MODEL_PROGRAM` runs a single program of that seed. From
/// 1,000,000 steps on, every reachable answer of every call, every shape of a receive buffer and every situation
/// must have been met 1,000 times.
@Suite("Random programs against the model", .serialized) struct ModelTests {
  static let stepsPerProgram = 500
  static let traceLength = 30

  private static func environment(_ name: String) -> UInt64? {
    getenv(name).flatMap { UInt64(String(cString: $0)) }
  }

  /// How the calling thread's reads and writes went to Linux so far.
  private static var backendUse: String {
    var info = zxl_backend_info_t()
    guard zxl_backend_get_info(&info) == 0 else { return "zxl_backend_get_info failed" }
    return "reads and writes: \(info.ring_operations) through the ring,"
      + " \(info.syscall_operations) as system calls"
  }

  @Test func `every call answers as the model does, whatever came before`() {
    let seed = Self.environment("ZIRCON_MODEL_SEED") ?? UInt64.random(in: 0...UInt64.max)
    let stepCount = Int(Self.environment("ZIRCON_MODEL_STEPS") ?? 200_000)
    let only = Self.environment("ZIRCON_MODEL_PROGRAM").map { Int($0) }
    print("ZIRCON_MODEL_SEED=\(seed) ZIRCON_MODEL_STEPS=\(stepCount)")
    let request = socketBufferRequest
    defer { socketBufferRequest = request }

    let memory = ProgramMemory(seed: seed)
    var coverage = Coverage()
    let programCount = max(1, (stepCount + Self.stepsPerProgram - 1) / Self.stepsPerProgram)
    for index in only.map({ $0..<$0 + 1 }) ?? 0..<programCount {
      let length = min(Self.stepsPerProgram, stepCount - index * Self.stepsPerProgram)
      let run = ProgramRun(seed: seed, index: index, memory: memory, coverage: coverage)
      if let report = run.perform(stepCount: only == nil ? length : Self.stepsPerProgram) {
        Issue.record("\(report)")
        return
      }
      coverage = run.coverage
    }
    print(coverage.table)
    print(Self.backendUse)
    #expect(coverage.unexpected == [])
    if stepCount >= 1_000_000, only == nil { #expect(coverage.rare(below: 1000) == []) }
  }
}

/// One program from its first step to the closing of its last handle.
private struct ProgramRun {
  private let seed: UInt64
  private let index: Int
  private let runner: Runner

  var coverage: Coverage { runner.coverage }

  init(seed: UInt64, index: Int, memory: ProgramMemory, coverage: Coverage) {
    self.seed = seed
    self.index = index
    runner = Runner(memory: memory, coverage: coverage)
  }

  /// Runs the program; the result is a report of the first difference, or nothing.
  func perform(stepCount: Int) -> String? {
    var seeds = SplitMix64(seed: seed)
    var program = Program(seed: seeds.next() &+ UInt64(index))
    socketBufferRequest = program.socketBufferRequest
    var trace: [(step: Step, target: ModelHandle?)] = []
    for number in 0..<stepCount {
      let step = program.next(runner.model)
      trace.append((step, step.handle.flatMap { runner.model.find($0) }))
      if trace.count > ModelTests.traceLength { trace.removeFirst() }
      do throws(Difference) {
        try runner.perform(step)
      } catch {
        return report(error, program, number, trace)
      }
    }
    do throws(Difference) {
      try runner.closeAll()
    } catch {
      return report(error, program, stepCount, trace)
    }
    return nil
  }

  private func report(
    _ difference: Difference, _ program: Program, _ number: Int,
    _ trace: [(step: Step, target: ModelHandle?)]
  ) -> String {
    var lines = [
      "\(difference)",
      "ZIRCON_MODEL_SEED=\(seed) ZIRCON_MODEL_PROGRAM=\(index), step \(number),"
        + " style \(program.style), socket buffer \(program.socketBufferRequest)",
      "The last \(trace.count) steps:",
    ]
    for (offset, entry) in trace.enumerated() {
      let target = entry.target.map { " [\($0)]" } ?? ""
      lines.append("\(number - trace.count + 1 + offset)\(target) \(entry.step)")
    }
    lines.append("Handles:")
    lines += runner.model.handles.map { "\($0.value): \($0)" }
    return lines.joined(separator: "\n").split(separator: "ZirconModelTests.").joined()
  }
}
