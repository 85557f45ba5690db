package import ZirconLinux
package import ZirconTypes

/// A program to be started, and what it gets; strings are without their NULs.
package struct SpawnRequest: Sendable {
  /// What becomes a descriptor of the child's.
  package enum FileSource: Sendable {
    /// A descriptor of the program's, which stays as it is.
    case descriptor(PlainDescriptor)
    /// A handle to a socket, which is gone then.
    case socket(HandleValue)
  }

  /// A descriptor of the child's: what it is of, and its number there.
  package struct File: Sendable {
    package fileprivate(set) var source: FileSource
    package let target: Int32
  }

  /// A handle, and what the child takes it for.
  package struct StartupHandle: Sendable {
    package let value: HandleValue
    package let purpose: UInt32
  }

  package var path: [UInt8] = []
  package var arguments: [[UInt8]] = []
  /// Each as NAME=VALUE; nil for those of this process.
  package var variables: [[UInt8]]?
  /// Of several with one target the last counts.
  package private(set) var files: [File] = []
  package private(set) var handles: [StartupHandle] = []
  /// What the object is called; nil for the first argument.
  package var name: ObjectName?
  /// Whether descriptors 0 to 2 that are no targets are this process's; else they are `/dev/null`.
  package var keepsStdio = false

  package init() {}

  /// Gives the child a copy of a descriptor.
  package mutating func add(_ descriptor: PlainDescriptor, as target: Int32) {
    files.append(File(source: .descriptor(descriptor), target: target))
  }

  /// Gives the child a handle; a socket for `PA_FD` becomes a descriptor there.
  package mutating func add(_ handle: HandleValue, for purpose: UInt32) {
    if purpose & 0xFF == 0x30 {
      files.append(File(source: .socket(handle), target: Int32(purpose >> 16)))
    } else {
      handles.append(StartupHandle(value: handle, purpose: purpose))
    }
  }

  /// Makes descriptors of the sockets, each in its place.
  ///
  /// - Returns: Those descriptors, which the child is to have copies of; also those made before `make` threw.
  fileprivate mutating func replaceSockets(
    _ made: inout [PlainDescriptor],
    _ make: (HandleValue) throws(SpawnFailure) -> PlainDescriptor
  ) throws(SpawnFailure) {
    for index in files.indices {
      guard case .socket(let value) = files[index].source else { continue }
      let plain = try make(value)
      made.append(plain)
      files[index].source = .descriptor(plain)
    }
  }
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
      plain = try replaceSockets(of: &request)
      do throws(SpawnFailure) {
        startup = try SpawnFailure.explaining("a handle cannot be given") { () throws(Status) in
          try sendStartup(request.handles)
        }
      } catch {
        for descriptor in plain { descriptor.close() }
        throw error
      }
    } catch {
      discard(request)
      throw error
    }
    defer { for descriptor in plain { descriptor.close() } }
    let path = String(decoding: request.path, as: UTF8.self)
    return try SpawnFailure.explaining("\(path) cannot be started") { () throws(Status) in
      try start(request, startup)
    }
  }

  /// Closes the handles of a request, which a call takes from its caller even when it fails.
  package func discard(_ request: SpawnRequest) {
    for handle in request.handles { try? close(handle.value) }
    for file in request.files {
      if case .socket(let value) = file.source { try? close(value) }
    }
  }

  /// Makes descriptors of the sockets that the child is to have as such, and answers them.
  ///
  /// - Throws: What `makePlain` throws; then none is left.
  private func replaceSockets(
    of request: inout SpawnRequest
  ) throws(SpawnFailure) -> [PlainDescriptor] {
    var made: [PlainDescriptor] = []
    do throws(SpawnFailure) {
      try request.replaceSockets(&made) { (value) throws(SpawnFailure) in
        try SpawnFailure.explaining("no descriptor can be made of a handle") {
          () throws(Status) in try makePlain(value)
        }
      }
      return made
    } catch {
      for descriptor in made { descriptor.close() }
      throw error
    }
  }

  private func check(_ request: SpawnRequest) throws(SpawnFailure) {
    guard !request.arguments.isEmpty else { throw SpawnFailure(.invalidArgs, "no arguments") }
    for file in request.files {
      guard (0...ChildDescriptors.maxTarget).contains(file.target) else {
        throw SpawnFailure(.invalidArgs, "descriptor \(file.target) cannot be a target")
      }
      switch file.source {
      case .descriptor(let plain):
        guard plain.isThePrograms else {
          throw SpawnFailure(.invalidArgs, "descriptor \(plain.number) is not open")
        }
      case .socket(let value): try check(given: value)
      }
    }
    for handle in request.handles { try check(given: handle.value) }
  }

  private func check(given value: HandleValue) throws(SpawnFailure) {
    guard value != .invalid else { throw SpawnFailure(.invalidArgs, "no handle to give") }
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
    for file in request.files {
      guard case .descriptor(let plain) = file.source else { continue }
      try descriptors.append(copyOf: plain.number, as: file.target)
    }
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
