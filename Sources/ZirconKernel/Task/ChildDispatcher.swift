import ZirconLinux
import ZirconTypes

/// A process that this one has started.
///
/// The reactor sees its end, and so does whoever looks: no signal of Linux is waited for. The object lives
/// until then, with or without handles, so that nothing is left of the process in Linux.
///
/// Locking: one lock for its life, outside that of the reactor.
final class ChildDispatcher: TaskDispatcher, ReactorTarget, @unchecked Sendable {
  /// Nanoseconds from boot to its start.
  let startTime = Clock.boot
  private let life: Guarded<Life>
  private let kernel: Kernel

  private struct Life: ~Copyable {
    /// Nil once it has ended.
    var process: ChildProcess?
    var watch: Reactor.Watch?
    var returnCode: Int64?
    var isToBeKilled = false
  }

  /// Stands for `process`; nil for one that has ended, nobody knows how.
  init(
    _ process: consuming ChildProcess?, koid: Koid, job: Koid, name: ObjectName, in kernel: Kernel
  ) {
    let code = process == nil ? ReturnCode.unknown : nil
    life = Guarded(Life(process: process, returnCode: code))
    self.kernel = kernel
    super.init(
      koid: koid, type: .process, parent: job, name: name,
      signals: code == nil ? .none : .terminated)
  }

  /// Lets the reactor see the end.
  ///
  /// - Throws: What the reactor throws; then the process has been killed.
  func begin() throws(Errno) {
    try life.withLock { (life) throws(Errno) in
      let watch: Reactor.Watch?
      do throws(Errno) {
        switch life.process {
        case .some(let process):
          watch = try kernel.reactor.watch(process.descriptor, for: [.readable, .edge], self)
        case .none: watch = nil
        }
      } catch {
        if let process = life.process.take() { process.abandon() }
        throw error
      }
      life.watch = watch
    }
  }

  func react(to events: ReactorEvents) {
    // Linux may tell of an end and keep it back, for a debugger to see it first.
    if !look() { kernel.reactor.again(soon: self) }
  }

  override func withObservers(_ body: (inout ObserverList, Signals) -> Void) {
    look()
    super.withObservers(body)
  }

  /// What it ended with; nil while it runs.
  var returnCode: Int64? {
    look()
    return life.withLock { $0.returnCode }
  }

  /// Kills it; one that has ended stays as it is.
  ///
  /// - Throws: `accessDenied` if it has become another user's.
  func kill() throws(Status) {
    look()
    do throws(Errno) {
      try life.withLock { (life) throws(Errno) in
        switch life.process {
        case .some(let process): try process.kill()
        case .none: return
        }
        life.isToBeKilled = true
      }
    } catch {
      throw .ofSpawn(error)
    }
  }

  /// Sees the end, if it has come; says whether it has.
  @discardableResult
  private func look() -> Bool {
    var (watch, hadEnded): (Reactor.Watch?, Bool) = (nil, false)
    let ended = life.withLock { life -> ChildProcess? in
      let end: ChildProcess.End?
      switch life.process {
      case .some(let process): end = process.takeEnd()
      case .none:
        hadEnded = true
        return nil
      }
      guard let end else { return nil }
      life.returnCode = ReturnCode.of(end, wasToBeKilled: life.isToBeKilled)
      watch = life.watch.take()
      return life.process.take()
    }
    guard let ended else { return hadEnded }
    signal(clear: .none, set: .terminated)
    if let watch { kernel.reactor.forget(watch, of: ended.descriptor) }
    return true
  }
}

/// What a process ended with, as `ZX_INFO_PROCESS` tells it.
private enum ReturnCode {
  /// `ZX_TASK_RETCODE_SYSCALL_KILL`.
  static var systemCall: Int64 { -1024 }
  /// `ZX_TASK_RETCODE_EXCEPTION_KILL`.
  static var exception: Int64 { -1028 }
  static var unknown: Int64 { -1 }

  static func of(_ end: ChildProcess.End, wasToBeKilled: Bool) -> Int64 {
    switch end {
    case .exited(let code): Int64(code)
    case .killed(let signal) where wasToBeKilled && ChildProcess.isKill(signal): systemCall
    case .killed(let signal) where ChildProcess.isFault(signal): exception
    case .killed(let signal): 128 + Int64(signal)
    case .unknown: unknown
    }
  }
}
