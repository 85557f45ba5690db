import ZirconLinux
import ZirconTypes

/// The objects that a process is born with, and those that stand for its threads.
///
/// Everything is made when it is first asked for. The handles are lent: a program that closes one gets
/// the same dead value ever after, as on Zircon.
///
/// Locking: one lock; handles are made and closed under it, so that everybody gets the same one.
final class TaskRegistry: Sendable {
  private let state = Guarded(Tasks())

  fileprivate struct Tasks: ~Copyable {
    var job: (object: TaskDispatcher, handle: HandleValue)?
    var process: (object: TaskDispatcher, handle: HandleValue)?
    var threads: [LinuxThread: (object: ThreadDispatcher, handle: HandleValue)] = [:]
    /// How many threads there may be before those that have ended are looked for.
    var sweepSize = 64
  }

  func job(in kernel: Kernel) throws(Status) -> HandleValue {
    try state.withLock { (state) throws(Status) in try state.job(in: kernel).handle }
  }

  /// What a process belongs to.
  func jobKoid(in kernel: Kernel) throws(Status) -> Koid {
    try state.withLock { (state) throws(Status) in try state.job(in: kernel).object.koid }
  }

  func process(in kernel: Kernel) throws(Status) -> HandleValue {
    try state.withLock { (state) throws(Status) in try state.process(in: kernel).handle }
  }

  func thread(_ thread: LinuxThread, in kernel: Kernel) throws(Status) -> HandleValue {
    let start = thread.facts().start
    return try state.withLock { (state) throws(Status) in
      try state.thread(thread, start: start, in: kernel)
    }
  }

  /// The calling thread is about to end.
  func currentThreadEnded(in kernel: Kernel) {
    let gone = state.withLock { $0.threads.removeValue(forKey: .current) }
    if let gone { kernel.take(gone.handle, from: gone.object) }
  }
}

extension Kernel {
  /// Ends a thread's object and takes back the handle that was lent, unless the program has closed it and
  /// its value names something else.
  fileprivate func take(_ handle: HandleValue, from object: ThreadDispatcher) {
    object.end()
    let isOurs = try? with(handle) { (named) throws(Status) in named === object }
    if isOurs == true { try? close(handle) }
  }
}

extension TaskRegistry.Tasks {
  fileprivate mutating func job(
    in kernel: Kernel
  ) throws(Status) -> (object: TaskDispatcher, handle: HandleValue) {
    if let job { return job }
    let object = TaskDispatcher(
      koid: kernel.nextKoid(), type: .job, parent: .invalid, name: ObjectName(), signals: .noJobs)
    let handle = try kernel.makeHandle(rights: .defaultJob) { _ in object }
    job = (object, handle)
    return (object, handle)
  }

  fileprivate mutating func process(
    in kernel: Kernel
  ) throws(Status) -> (object: TaskDispatcher, handle: HandleValue) {
    if let process { return process }
    let parent = try job(in: kernel).object.koid
    let object = TaskDispatcher(
      koid: kernel.nextKoid(), type: .process, parent: parent,
      name: ObjectName(LinuxThread.main.name()), signals: .none)
    let handle = try kernel.makeHandle(rights: .defaultProcess) { _ in object }
    process = (object, handle)
    return (object, handle)
  }

  fileprivate mutating func thread(
    _ thread: LinuxThread, start: UInt64, in kernel: Kernel
  ) throws(Status) -> HandleValue {
    if let known = threads[thread] {
      if start == 0 || known.object.start == 0 || known.object.start == start {
        return known.handle
      }
      forget(thread, in: kernel)
    }
    if threads.count >= sweepSize { sweep(in: kernel) }
    let process = try process(in: kernel).object.koid
    let object = ThreadDispatcher(
      thread, start: start, koid: kernel.nextKoid(), process: process)
    let handle = try kernel.makeHandle(rights: .defaultThread) { _ in object }
    threads[thread] = (object, handle)
    return handle
  }

  /// Gives back what stands for threads that have ended.
  private mutating func sweep(in kernel: Kernel) {
    for (thread, known) in threads where !known.object.isAlive {
      forget(thread, in: kernel)
    }
    sweepSize = max(64, threads.count * 2)
  }

  private mutating func forget(_ thread: LinuxThread, in kernel: Kernel) {
    guard let gone = threads.removeValue(forKey: thread) else { return }
    kernel.take(gone.handle, from: gone.object)
  }
}
