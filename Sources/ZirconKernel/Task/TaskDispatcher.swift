import ZirconLinux
import ZirconTypes

/// A process, a thread or a job: something with a name that runs.
///
/// Locking: one lock for the name.
class TaskDispatcher: SoloDispatcher, @unchecked Sendable {
  private let title: Guarded<ObjectName>
  private let parentKoid: Koid

  /// Makes a task; `parent` is what it belongs to, `invalid` if that is none of ours.
  init(koid: Koid, type: ObjectType, parent: Koid, name: ObjectName, signals: Signals) {
    title = Guarded(name)
    parentKoid = parent
    super.init(koid: koid, type: type, signals: signals)
  }

  override final var relatedKoid: Koid { parentKoid }

  override func name() throws(Status) -> ObjectName { title.withLock { $0 } }

  override func setName(_ name: ObjectName) { title.withLock { $0 = name } }
}

/// A thread of this process.
///
/// Whether it has ended is known by itself only for threads that have asked for their own handle; for
/// the others it is looked at when somebody asks or begins to wait.
final class ThreadDispatcher: TaskDispatcher, @unchecked Sendable {
  let thread: LinuxThread
  /// Tells it from a later thread with the same number.
  let start: UInt64

  init(_ thread: LinuxThread, start: UInt64, koid: Koid, process: Koid) {
    self.thread = thread
    self.start = start
    super.init(
      koid: koid, type: .thread, parent: process, name: ObjectName(thread.name()),
      signals: .running)
  }

  /// The name as given here, unless the thread has another in Linux by now.
  override func name() throws(Status) -> ObjectName {
    let given = try super.name()
    guard isAlive else { return given }
    let linux = thread.name()
    return linux.isEmpty
      || given.text.starts(with: linux) && (linux.count == 15 || linux == given.text)
      ? given : ObjectName(linux)
  }

  /// Also gives Linux the name, which keeps the first 15 bytes.
  override func setName(_ name: ObjectName) {
    super.setName(name)
    if isAlive { thread.setName(name.text) }
  }

  override func withObservers(_ body: (inout ObserverList, Signals) -> Void) {
    if !isAlive { end() }
    super.withObservers(body)
  }

  /// Whether Linux still has the thread.
  var isAlive: Bool {
    guard thread.isAlive else { return false }
    if thread == .current { return true }
    let now = thread.facts()
    if case .ended = now.activity { return false }
    return start == 0 || now.start == 0 || now.start == start
  }

  /// Shows that the thread has ended.
  func end() {
    signal(clear: .running, set: .terminated)
  }

  /// What it does at the moment, in the numbers of `zx_info_thread_t`.
  var state: UInt32 {
    if thread == .current { return ThreadState.running }
    guard isAlive else { return ThreadState.dead }
    switch thread.facts().activity {
    case .running: return ThreadState.running
    case .stopped: return ThreadState.suspended
    case .ended: return ThreadState.dead
    case .blocked: return ThreadState.blocked
    case .sleeping: return ThreadState.sleeping
    case .waiting(let address): return Self.kindOfWait(on: address) ?? ThreadState.futex
    }
  }

  /// What a thread asleep on this word waits in, if the word is a waiter's.
  private static func kindOfWait(on address: UInt) -> UInt32? {
    let memory = unsafe UserIn(UnsafeRawPointer(bitPattern: address), byteCount: 12)
    guard let words = try? memory.load(as: InlineArray<3, UInt32>.self),
      words[2] == WaitKind.mark, let kind = WaitKind(rawValue: words[1])
    else { return nil }
    return kind.rawValue
  }
}

/// States of `zx_info_thread_t`.
private enum ThreadState {
  static var running: UInt32 { 1 }
  static var suspended: UInt32 { 2 }
  static var blocked: UInt32 { 3 }
  static var dead: UInt32 { 5 }
  static var sleeping: UInt32 { 0x0203 }
  static var futex: UInt32 { 0x0303 }
}
