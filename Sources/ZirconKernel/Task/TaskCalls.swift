package import ZirconLinux
package import ZirconTypes

// MARK: The handles a process is born with

extension Kernel {
  /// The handle of this process, lent.
  ///
  /// - Throws: `noMemory`.
  ///
  /// Source: `zx_process_self`.
  package func processSelf() throws(Status) -> HandleValue {
    try tasks.process(in: self)
  }

  /// The handle of the job that new processes would go to, lent.
  ///
  /// - Throws: `noMemory`.
  ///
  /// Source: `zx_job_default`.
  package func jobDefault() throws(Status) -> HandleValue {
    try tasks.job(in: self)
  }

  /// The handle of the calling thread, lent until the thread ends.
  ///
  /// - Throws: `noMemory`.
  ///
  /// Source: `zx_thread_self`.
  package func threadSelf() throws(Status) -> HandleValue {
    if let known = OwnThread.handle(in: identity) { return HandleValue(rawValue: known) }
    let handle = try tasks.thread(.current, in: self)
    _ = OwnThread.keep(handle.rawValue, in: identity) { Kernel.currentThreadEnded() }
    return handle
  }

  /// The handle of any thread of this process, lent until the thread ends.
  ///
  /// - Throws: `noMemory`.
  package func thread(_ thread: LinuxThread) throws(Status) -> HandleValue {
    thread == .current ? try threadSelf() : try tasks.thread(thread, in: self)
  }

  /// Runs at the end of a thread that has asked for its own handle.
  private static func currentThreadEnded() {
    guard let kernel = try? Kernel.current, OwnThread.handle(in: kernel.identity) != nil else {
      return
    }
    kernel.tasks.currentThreadEnded(in: kernel)
  }
}

// MARK: What they tell

/// What `ZX_INFO_PROCESS` tells.
package struct ProcessInfo: Sendable {
  /// Nanoseconds from boot to its start.
  package let startTime: Int64
  /// What it ended with; nil while it runs.
  package let returnCode: Int64?
}

/// What `ZX_INFO_THREAD` tells.
package struct ThreadInfo: Sendable {
  /// A state of `zx_info_thread_t`.
  package let state: UInt32
  /// The processors it may run on, one bit each.
  package let affinity: InlineArray<8, UInt64>
}

extension Kernel {
  /// How many handles this process has, by the type of their object.
  ///
  /// - Throws: `badHandle`; `wrongType` for what is no process; `accessDenied` without the right to
  ///   inspect; `notSupported` for another process. In this order.
  ///
  /// Source: `zx_object_get_info` with `ZX_INFO_PROCESS_HANDLE_STATS`.
  package func handleStatistics(
    of process: HandleValue
  ) throws(Status) -> InlineArray<64, UInt32> {
    try checkOwn(process, rights: .inspect)
    var counts = InlineArray<64, UInt32>(repeating: 0)
    handles.forEachLive { _, word in counts[Int(word.type.rawValue)] += 1 }
    return counts
  }

  /// Every handle of this process, with what it is and names.
  ///
  /// - Throws: `badHandle`; `wrongType` for what is no process; `accessDenied` without the rights to
  ///   inspect and to manage processes and threads; `notSupported` for another process. In this order.
  ///
  /// Source: `zx_object_get_info` with `ZX_INFO_HANDLE_TABLE`.
  package func handleTable(
    of process: HandleValue
  ) throws(Status) -> [(value: HandleValue, facts: HandleFacts)] {
    try checkOwn(process, rights: [.inspect, .manageProcess, .manageThread])
    var values: [HandleValue] = []
    handles.forEachLive { value, _ in values.append(value) }
    return values.compactMap { value in
      guard let facts = try? self.facts(of: value) else { return nil }
      return (value, facts)
    }
  }

  /// Throws what keeps a handle from telling of the handles of its process.
  private func checkOwn(_ process: HandleValue, rights: Rights) throws(Status) {
    let pin = try handles.pin(process, type: .process, rights: rights)
    if pin.object is ChildDispatcher { throw .notSupported }
  }

  /// When a process started, and how it ended.
  ///
  /// - Throws: `badHandle`; `wrongType` for what is no process; `accessDenied` without the right to
  ///   inspect. In this order.
  ///
  /// Source: `zx_object_get_info` with `ZX_INFO_PROCESS`.
  package func processInfo(of process: HandleValue) throws(Status) -> ProcessInfo {
    let pin = try handles.pin(process, type: .process, rights: .inspect)
    guard let child = pin.object as? ChildDispatcher else {
      return ProcessInfo(startTime: LinuxThread.main.facts().startTime, returnCode: nil)
    }
    return ProcessInfo(startTime: child.startTime, returnCode: child.returnCode)
  }

  /// What a thread does.
  ///
  /// - Throws: `badHandle`; `wrongType` for what is no thread; `accessDenied` without the right to
  ///   inspect. In this order.
  ///
  /// Source: `zx_object_get_info` with `ZX_INFO_THREAD`.
  package func threadInfo(of thread: HandleValue) throws(Status) -> ThreadInfo {
    try with(thread, .thread, as: ThreadDispatcher.self, rights: .inspect) {
      (thread) throws(Status) in
      ThreadInfo(state: thread.state, affinity: thread.thread.affinity())
    }
  }
}
