import ZirconLinux
package import ZirconTypes

/// A program to be started, and what it gets; strings are without their NULs.
package struct SpawnRequest: Sendable {
  /// A descriptor of the program's, and its number in the child.
  package struct File: Sendable {
    package let number: Int32
    package let target: Int32

    package init(_ number: Int32, as target: Int32) {
      self.number = number
      self.target = target
    }
  }

  /// A handle, and what the child takes it for.
  package struct StartupHandle: Sendable {
    package let value: HandleValue
    package let purpose: UInt32

    package init(_ value: HandleValue, for purpose: UInt32) {
      self.value = value
      self.purpose = purpose
    }

    /// The descriptor that the child has instead, if it is `PA_FD`.
    fileprivate var descriptorTarget: Int32? {
      purpose & 0xFF == 0x30 ? Int32(purpose >> 16) : nil
    }
  }

  package var path: [UInt8] = []
  package var arguments: [[UInt8]] = []
  /// Each as NAME=VALUE; nil for those of this process.
  package var variables: [[UInt8]]?
  /// Of several with one target the last counts.
  package var files: [File] = []
  package var handles: [StartupHandle] = []
  /// What the object is called; nil for the first argument.
  package var name: ObjectName?
  /// Whether descriptors 0 to 2 that are no targets are this process's; else they are `/dev/null`.
  package var keepsStdio = false

  package init() {}
}

/// Why no program was started: the status, and what failed in words.
package struct SpawnFailure: Error {
  package let status: Status
  package let words: String

  package init(_ status: Status, _ words: String) {
    self.status = status
    self.words = words
  }

  /// Runs `body`; `words` say what it means that it throws.
  package static func explaining<Result: ~Copyable>(
    _ words: @autoclosure () -> String, _ body: () throws(Status) -> Result
  ) throws(SpawnFailure) -> Result {
    do throws(Status) { return try body() } catch { throw SpawnFailure(error, words()) }
  }
}

extension Kernel {
  /// Starts a program in a process of its own, and makes a handle to that.
  ///
  /// The handles of the request are gone on every outcome; its descriptors stay as they are.
  ///
  /// - Throws: `invalidArgs` without an argument, for a descriptor that the program does not have, a target
  ///   out of range, or no handle; `badHandle`, `wrongType`, `accessDenied` without the right to manage
  ///   processes, for the job; for the first handle that cannot go `badHandle`, `accessDenied` without the
  ///   right to transfer, `notSupported`; `notFound` without the program; `accessDenied` if it may not be
  ///   run, `notSupported` if it cannot; `outOfRange` for too long strings; `unavailable`, `io` for the
  ///   file; `noResources` for too many processes; `noMemory`.
  ///
  /// Source: `fdio_spawn_etc`.
  package func spawn(
    _ request: SpawnRequest, in job: HandleValue
  ) throws(SpawnFailure) -> HandleValue {
    let startup: Wire?
    var request = request
    // Open until the child has copies.
    let plain: [PlainDescriptor]
    do throws(SpawnFailure) {
      try check(request)
      try check(job)
      plain = try takePlain(&request)
      do throws(SpawnFailure) {
        startup = try SpawnFailure.explaining("a handle cannot be given") { () throws(Status) in
          try sendStartup(request.handles)
        }
      } catch {
        for descriptor in plain { descriptor.close() }
        throw error
      }
    } catch {
      discard(request.handles)
      throw error
    }
    defer { for descriptor in plain { descriptor.close() } }
    let path = String(decoding: request.path, as: UTF8.self)
    return try SpawnFailure.explaining("\(path) cannot be started") { () throws(Status) in
      try start(request, startup)
    }
  }

  /// Closes handles that a call takes from its caller even when it fails.
  package func discard(_ handles: [SpawnRequest.StartupHandle]) {
    for handle in handles { try? close(handle.value) }
  }

  /// Makes descriptors of the sockets that the child is to have as such.
  ///
  /// - Throws: What `makePlain` throws; then none is left.
  private func takePlain(_ request: inout SpawnRequest) throws(SpawnFailure) -> [PlainDescriptor] {
    var made: [PlainDescriptor] = []
    do throws(SpawnFailure) {
      for handle in request.handles {
        guard let target = handle.descriptorTarget else { continue }
        let plain = try SpawnFailure.explaining("no descriptor can be made of a handle") {
          () throws(Status) in try makePlain(handle.value)
        }
        made.append(plain)
        request.files.append(SpawnRequest.File(plain.number, as: target))
      }
    } catch {
      for descriptor in made { descriptor.close() }
      throw error
    }
    request.handles.removeAll { $0.descriptorTarget != nil }
    return made
  }

  private func check(_ request: SpawnRequest) throws(SpawnFailure) {
    guard !request.arguments.isEmpty else { throw SpawnFailure(.invalidArgs, "no arguments") }
    for file in request.files {
      guard (0...ChildDescriptors.maxTarget).contains(file.target) else {
        throw SpawnFailure(.invalidArgs, "descriptor \(file.target) cannot be a target")
      }
      guard PlainDescriptor(file.number).isThePrograms else {
        throw SpawnFailure(.invalidArgs, "descriptor \(file.number) is not open")
      }
    }
    for target in request.handles.compactMap(\.descriptorTarget) {
      guard (0...ChildDescriptors.maxTarget).contains(target) else {
        throw SpawnFailure(.invalidArgs, "descriptor \(target) cannot be a target")
      }
    }
    guard request.handles.allSatisfy({ $0.value != .invalid }) else {
      throw SpawnFailure(.invalidArgs, "no handle to give")
    }
  }

  private func check(_ job: HandleValue) throws(SpawnFailure) {
    guard job != .invalid else { return }
    try SpawnFailure.explaining("no process can be made in this job") { () throws(Status) in
      _ = try handles.pin(job, type: .job, rights: .manageProcess)
    }
  }

  /// - Throws: What `spawn` throws once all it needs is there; then there is no process.
  private func start(_ request: SpawnRequest, _ startup: Wire?) throws(Status) -> HandleValue {
    let slot = try handles.reserve()
    let job = try tasks.jobKoid(in: self)
    let name = request.name ?? ObjectName(request.arguments.first ?? [])
    let process: ChildProcess?
    do throws(Errno) {
      try reactor.start()
      process = try launch(request, startup)
    } catch {
      throw .ofSpawn(error)
    }
    let child = ChildDispatcher(process, koid: nextKoid(), job: job, name: name, in: self)
    try linux { () throws(Errno) in try child.begin() }
    return slot.publish(child, rights: .defaultProcess)
  }

  private func launch(
    _ request: SpawnRequest, _ startup: Wire?
  ) throws(Errno) -> ChildProcess? {
    let targets = request.files.map(\.target)
    var descriptors = ChildDescriptors(for: targets)
    var variables = (request.variables ?? OwnProcess.variables).filter {
      !$0.starts(with: StartupHandles.variablePrefix)
    }
    if let startup {
      let target = descriptors.takeTarget()
      try descriptors.append(copyOf: startup.socket.descriptor, as: target)
      variables.append(StartupHandles.variablePrefix + [UInt8]("\(target)".utf8))
    }
    for file in request.files { try descriptors.append(copyOf: file.number, as: file.target) }
    if request.keepsStdio {
      for number in 0...2 as ClosedRange<Int32>
      where !targets.contains(number) && PlainDescriptor(number).isThePrograms {
        try descriptors.append(copyOf: number, as: number)
      }
    }
    return try ChildProcess.start(
      request.path, arguments: request.arguments, variables: variables, descriptors,
      fillsStdio: !request.keepsStdio)
  }
}

extension Kernel {
  /// Kills a process that this one has started; one that has ended stays as it is.
  ///
  /// - Throws: `badHandle`; `wrongType` for what is no process, thread or job; `accessDenied` without the
  ///   right to destroy; `notSupported` for what has not been started here; `accessDenied` if it has become
  ///   another user's. In this order.
  ///
  /// Source: `zx_task_kill`.
  package func killTask(_ value: HandleValue) throws(Status) {
    let pin = try handles.pin(value)
    guard let task = pin.object as? TaskDispatcher else { throw .wrongType }
    guard pin.word.allows(.destroy) else { throw .accessDenied }
    guard let child = task as? ChildDispatcher else { throw .notSupported }
    try child.kill()
  }
}
