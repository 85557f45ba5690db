import CLinux
import Glibc

/// A process that this one has started, named by a descriptor: no other one can be taken for it.
package struct ChildProcess: ~Copyable, Sendable {
  /// Becomes readable at its end.
  package let descriptor: Descriptor

  /// How a child has ended.
  package enum End: Sendable {
    /// It has exited with this code.
    case exited(Int32)
    /// This signal has ended it.
    case killed(signal: Int32)
    /// Somebody else in this process, or Linux at its order, has taken the end away.
    case unknown
  }

  /// Starts the program at `path`; its strings are without their NULs.
  ///
  /// It gets `descriptors` and no others; with `fillsStdio` those of 0 to 2 that are not among them are
  /// `/dev/null`. Returns when it runs: no handler of this process's `fork` or signals is called in it.
  ///
  /// - Returns: Nil if it has ended already and somebody else has taken the end away.
  /// - Throws: What Linux answers when it makes a process, names it and finds the program; then there is none.
  package static func start(
    _ path: [UInt8], arguments: [[UInt8]], variables: [[UInt8]],
    _ descriptors: borrowing ChildDescriptors, fillsStdio: Bool
  ) throws(Errno) -> ChildProcess? {
    let answer = unsafe withCStrings([path]) { path in
      unsafe withCStrings(arguments) { arguments in
        unsafe withCStrings(variables) { variables in
          guard let path = unsafe path[0] else { return -Int(EINVAL) }
          return unsafe descriptors.withList { list in
            unsafe clinux_spawn(
              path, arguments, variables, list.baseAddress, list.count, fillsStdio)
          }
        }
      }
    }
    let pid = Int32(truncatingIfNeeded: try Errno.check(answer))
    do throws(Errno) {
      return ChildProcess(descriptor: try Descriptor.birth { clinux_process_open(pid) })
    } catch {
      if error.rawValue == ESRCH { return nil }
      clinux_child_abandon(pid)
      throw error
    }
  }

  /// Kills it; one that has ended stays as it is.
  ///
  /// - Throws: `EPERM` if it has become another user's.
  package func kill() throws(Errno) {
    let answer = clinux_process_kill(descriptor.number)
    guard answer != -Int(ESRCH) else { return }
    _ = try Errno.check(answer)
  }

  /// Kills it and waits until it has ended; nothing is left of it in Linux then.
  package consuming func abandon() {
    _ = clinux_process_kill(descriptor.number)
    clinux_child_wait(descriptor.number)
  }

  /// Takes its end, after which nothing is left of it in Linux; nil while it runs.
  package func takeEnd() -> End? {
    var end = clinux_end()
    let answer = unsafe clinux_child_reap(descriptor.number, &end)
    guard answer >= 0 else { return .unknown }
    guard end.has_ended else { return nil }
    return end.was_killed ? .killed(signal: end.code) : .exited(end.code)
  }

  /// Whether Linux sends `signal` to a process that has made a mistake, or has given up by `abort`.
  package static func isFault(_ signal: Int32) -> Bool {
    switch signal {
    case SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS: true
    default: false
    }
  }

  /// Whether `signal` is the one that nobody can refuse.
  package static func isKill(_ signal: Int32) -> Bool { signal == SIGKILL }
}

/// Runs `body` with an array of C strings, behind which there is a null.
@unsafe
private func withCStrings<Result>(
  _ strings: [[UInt8]], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var bytes: [CChar] = []
  bytes.reserveCapacity(strings.reduce(0) { $0 + $1.count + 1 })
  var offsets: [Int] = []
  for string in strings {
    offsets.append(bytes.count)
    for byte in string { bytes.append(CChar(bitPattern: byte)) }
    bytes.append(0)
  }
  return unsafe bytes.withUnsafeMutableBufferPointer { bytes in
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
    for offset in offsets {
      unsafe pointers.append(bytes.baseAddress.map { unsafe $0 + offset })
    }
    unsafe pointers.append(nil)
    return unsafe pointers.withUnsafeBufferPointer { pointers in
      unsafe body(pointers.baseAddress.unsafelyUnwrapped)
    }
  }
}

// MARK: What it gets

/// Descriptors for a child: copies with numbers that none of them is to have there, so that none is in
/// another's way.
package struct ChildDescriptors: ~Copyable {
  private var given: [(copy: Copy, target: Int32)] = []
  /// The numbers that are taken in the child.
  private var targets: Set<Int32>

  private final class Copy: Sendable {
    let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) {
      self.descriptor = descriptor
    }
  }

  /// The largest number in the child.
  package static var maxTarget: Int32 { 1023 }

  /// None yet, of which some are to have the numbers `targets` in the child.
  package init(for targets: some Sequence<Int32>) {
    self.targets = Set(targets).union([0, 1, 2])
  }

  /// A number that nothing has in the child, and that is taken from now on; before the first copy.
  package mutating func takeTarget() -> Int32 {
    var target: Int32 = 3
    while targets.contains(target) { target += 1 }
    targets.insert(target)
    return target
  }

  /// Adds a copy of the descriptor `number`, which becomes `target` in the child, one of those announced.
  ///
  /// - Throws: `EBADF` if it is not open; `EMFILE` without a free one.
  package mutating func append(copyOf number: Int32, as target: Int32) throws(Errno) {
    given.append((Copy(try freeCopy(of: number)), target))
  }

  /// The same of a descriptor of this library's.
  package mutating func append(
    copyOf descriptor: borrowing Descriptor, as target: Int32
  ) throws(Errno) {
    try append(copyOf: descriptor.number, as: target)
  }

  /// A copy whose number is no target.
  private func freeCopy(of number: Int32) throws(Errno) -> Descriptor {
    var least: Int32 = 3
    while true {
      let copy = try Descriptor.birth {
        let answer = clinux_copy_above(number, least)
        // What Linux says where `least` is beyond the limit of the process.
        return answer == -Int(EINVAL) ? -Int(EMFILE) : answer
      }
      if !targets.contains(copy.number) { return copy }
      least = copy.number + 1
    }
  }

  @unsafe
  fileprivate func withList<Result>(_ body: (UnsafeBufferPointer<clinux_given>) -> Result) -> Result
  {
    let list = given.map {
      clinux_given(source: $0.copy.descriptor.number, target: $0.target)
    }
    return unsafe list.withUnsafeBufferPointer(body)
  }
}

// MARK: What this one has

/// What the program has from Linux, or has set itself.
package enum OwnProcess {
  /// The variables, each as NAME=VALUE without its NUL.
  package static var variables: [[UInt8]] {
    var all: [[UInt8]] = []
    guard var entry = unsafe clinux_variables() else { return all }
    while let text = unsafe entry.pointee {
      all.append(unsafe [UInt8](UnsafeRawBufferPointer(start: text, count: strlen(text))))
      unsafe entry += 1
    }
    return all
  }
}
