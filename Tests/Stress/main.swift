// Long runs against the library, one per subcommand. Each prints its figures and ends with 0 only
// if everything was as the contract says. A number after the subcommand changes how long it runs.

let commands: [(name: String, count: Int, run: @MainActor (Int) -> Void)] = [
  ("close-wait", 10_000, closeWait),
  ("ping-pong", 100_000, pingPong),
  ("churn", 1_000_000, churn),
  ("reuse", 1_000_000, reuse),
  ("reuse-full", 20_000, reuseFull),
  ("million", 1_000_000, million),
  ("fork", 1000, forkTest),
  ("full-range", 10, fullRange),
  ("fill", 1, fill),
  ("ports", 100_000, ports),
  ("channel-handles", 10_000, channelHandles),
  ("async", 10, asyncTasks),
  ("transfer-fuzz", 10, transferFuzz),
  ("fuzz", 600, fuzz),
  ("moves", 100_000, moves),
  ("kill-writer", 1000, killWriter),
  ("kill-reader", 1000, killReader),
  ("kill-mover", 1000, killMover),
  ("stop", 5, stopSide),
  ("descriptors", 0, countDescriptors),
]

let arguments = CommandLine.arguments
guard arguments.count >= 2, let command = commands.first(where: { $0.name == arguments[1] }) else {
  let names = commands.dropLast().map { "  \($0.name) [\($0.count)]" }
  fail("usage: zircon-stress SUBCOMMAND [COUNT]\n" + names.joined(separator: "\n"))
}
let count = arguments.count > 2 ? Int(arguments[2]) : command.count
guard let count else { fail("not a number: \(arguments[2])") }
command.run(count)
