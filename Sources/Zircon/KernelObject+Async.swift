import ZirconKernel
public import ZirconTypes

extension KernelObject where Self: ~Copyable {
  /// Waits until the object shows at least one of `wanted`; suspends the task, and blocks no thread.
  ///
  /// Whoever raises the signal resumes the task. A condition that holds already ends the wait at once.
  ///
  /// - Returns: All that the object showed at the match, not only what was wanted.
  /// - Throws: `CancellationError` if the task is canceled, before the wait or during it; else a `Status`:
  ///   before any wait `accessDenied` without the right to wait; `canceled` if the handle is closed
  ///   meanwhile, through its value, or has been sent and arrives elsewhere.
  ///
  /// Source: `zx_object_wait_async`, without a port.
  public nonisolated(nonsending) func wait(for wanted: Signals) async throws -> Signals {
    try await handleValue.wait(for: wanted)
  }
}

extension Handle.Value {
  /// The wait, which needs no more of the owner than this.
  nonisolated(nonsending) func wait(for wanted: Signals) async throws -> Signals {
    try Task.checkCancellation()
    let kernel = try Kernel.current
    let wait = SignalWait()
    let end = try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        do throws(Status) {
          try kernel.begin(wait, on: inKernel, for: wanted) { continuation.resume(returning: $0) }
        } catch {
          continuation.resume(throwing: error)
        }
      }
    } onCancel: {
      wait.cancel()
    }
    switch end {
    case .matched(let signals): return signals
    case .handleClosed: throw Status.canceled
    case .abandoned: throw CancellationError()
    }
  }
}
