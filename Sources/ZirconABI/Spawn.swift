// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Starts a program; see `fdio_spawn_etc`.
@c @implementation
public func fdio_spawn(
  _ job: zx_handle_t, _ flags: UInt32, _ path: UnsafePointer<CChar>?,
  _ argv: UnsafePointer<UnsafePointer<CChar>?>?, _ process_out: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t {
  unsafe fdio_spawn_etc(job, flags, path, argv, nil, 0, nil, process_out, nil)
}

/// Starts a program with descriptors and handles; see `Kernel.spawn`.
///
/// `ZX_ERR_INVALID_ARGS` for a bad pointer; `ZX_ERR_NOT_SUPPORTED` for an action that Linux has nothing for.
/// A process whose handle cannot be stored is killed.
@c @implementation
public func fdio_spawn_etc(
  _ job: zx_handle_t, _ flags: UInt32, _ path: UnsafePointer<CChar>?,
  _ argv: UnsafePointer<UnsafePointer<CChar>?>?, _ environ: UnsafePointer<UnsafePointer<CChar>?>?,
  _ action_count: Int, _ actions: UnsafePointer<fdio_spawn_action_t>?,
  _ process_out: UnsafeMutablePointer<zx_handle_t>?, _ err_msg_out: UnsafeMutablePointer<CChar>?
) -> zx_status_t {
  let words = unsafe UserOut(err_msg_out, byteCount: Int(FDIO_SPAWN_ERR_MSG_MAX_LENGTH))
  var plan = SpawnPlan()
  plan.read(unsafe UserIn(actions, byteCount: .max), count: action_count)
  defer { plan.closeTransferred() }
  do throws(SpawnFailure) {
    let kernel = try SpawnFailure.explaining("no memory") { () throws(Status) in
      try Kernel.current
    }
    do throws(SpawnFailure) {
      try plan.finish(
        unsafe UserIn(path, byteCount: .max), unsafe UserIn(argv, byteCount: .max),
        unsafe UserIn(environ, byteCount: .max), flags)
      try SpawnFailure.explaining("") { () throws(Status) in try words.put(text: "") }
    } catch {
      kernel.discard(plan.request)
      throw error
    }
    let process = try kernel.spawn(plan.request, in: HandleValue(job))
    try SpawnFailure.explaining("the handle cannot be stored") { () throws(Status) in
      try kernel.give(process: process, to: unsafe UserOut(process_out))
    }
    return ZX_OK
  } catch {
    try? words.put(text: error.words)
    return error.status.rawValue
  }
}

/// What a caller of `fdio_spawn_etc` wants, copied here.
private struct SpawnPlan {
  var request = SpawnRequest()
  /// Descriptors that the caller gives away.
  private var transferred: Set<Int32> = []
  /// What is wrong with the first bad action; all are read, for what they give away.
  private var failure: SpawnFailure?

  func closeTransferred() {
    for plain in transferred.map(PlainDescriptor.init) where plain.isThePrograms { plain.close() }
  }

  /// Reads the actions, as far as they can be.
  mutating func read(_ actions: UserIn, count: Int) {
    // C counts without a sign.
    for index in 0..<UInt(bitPattern: count) {
      let place = actions.after(Int(index) * SpawnAction.stride)
      guard let action = unsafe SpawnAction.read(place) else {
        return fail(SpawnFailure(.invalidArgs, "the actions cannot be read"))
      }
      do throws(SpawnFailure) { try unsafe add(action) } catch { fail(error) }
    }
  }

  private mutating func fail(_ next: SpawnFailure) {
    failure = failure ?? next
  }

  @unsafe
  private mutating func add(_ action: fdio_spawn_action_t) throws(SpawnFailure) {
    switch unsafe action.action {
    case FDIO_SPAWN_ACTION_CLONE_FD:
      unsafe request.add(PlainDescriptor(action.fd.local_fd), as: action.fd.target_fd)
    case FDIO_SPAWN_ACTION_TRANSFER_FD:
      unsafe request.add(PlainDescriptor(action.fd.local_fd), as: action.fd.target_fd)
      unsafe transferred.insert(action.fd.local_fd)
    case FDIO_SPAWN_ACTION_ADD_NS_ENTRY:
      unsafe request.add(HandleValue(action.ns.handle), for: 0)
      throw SpawnFailure(.notSupported, "Linux has no namespaces of this kind")
    case FDIO_SPAWN_ACTION_ADD_HANDLE:
      unsafe request.add(HandleValue(action.h.handle), for: action.h.id)
    case FDIO_SPAWN_ACTION_SET_NAME:
      request.name = ObjectName(
        try string(unsafe UserIn(action.name.data, byteCount: .max), "the name"))
    case FDIO_SPAWN_ACTION_CLONE_DIR:
      try checkPrefix(
        try string(unsafe UserIn(action.dir.prefix, byteCount: .max), "the directory"))
    default:
      break
    }
  }

  private func checkPrefix(_ prefix: [UInt8]) throws(SpawnFailure) {
    let slash = UInt8(ascii: "/")
    guard prefix.first == slash, prefix.count == 1 || prefix.last != slash else {
      throw SpawnFailure(.invalidArgs, "the directory is no absolute path")
    }
  }

  /// Reads the rest.
  mutating func finish(
    _ path: UserIn, _ arguments: UserIn, _ variables: UserIn, _ flags: UInt32
  ) throws(SpawnFailure) {
    if let failure { throw failure }
    request.keepsStdio = flags & FDIO_SPAWN_CLONE_STDIO != 0
    request.path = try string(path, "the path")
    request.arguments = try strings(arguments, "the arguments")
    if !variables.isNull {
      request.variables = try strings(variables, "the variables")
    } else if flags & FDIO_SPAWN_CLONE_ENVIRON == 0 {
      request.variables = []
    }
  }

  private func string(_ source: UserIn, _ what: String) throws(SpawnFailure) -> [UInt8] {
    try SpawnFailure.explaining("\(what) cannot be read") { () throws(Status) in
      try source.programString()
    }
  }

  private func strings(_ source: UserIn, _ what: String) throws(SpawnFailure) -> [[UInt8]] {
    try SpawnFailure.explaining("\(what) cannot be read") { () throws(Status) in
      try source.programStrings()
    }
  }
}

/// The caller's actions, one by one.
private enum SpawnAction {
  static let stride = unsafe MemoryLayout<fdio_spawn_action_t>.stride

  /// A copy of the one at `place`; nil if it cannot be read.
  @unsafe
  static func read(_ place: UserIn) -> fdio_spawn_action_t? {
    var action = unsafe fdio_spawn_action_t()
    do throws(Status) {
      try unsafe withUnsafeMutablePointer(to: &action) { (action) throws(Status) in
        try unsafe place.fetch(into: action, count: stride)
      }
    } catch {
      return nil
    }
    return unsafe action
  }
}

extension Kernel {
  /// Hands a new process to the caller, who may not want it; if that cannot be done, it is killed.
  fileprivate func give(process: HandleValue, to out: UserOut) throws(Status) {
    guard !out.isNull else { return try close(process) }
    do throws(Status) {
      try out.put(process)
    } catch {
      try killTask(process)
      try close(process)
      throw error
    }
  }
}

extension UserOut {
  /// Stores a text and a NUL if the caller wants it, as much as there is room for.
  fileprivate func put(text: String) throws(Status) {
    guard !isNull else { return }
    let bytes = [UInt8](text.utf8.prefix(byteCount - 1)) + [0]
    try unsafe bytes.withUnsafeBufferPointer { (bytes) throws(Status) in
      guard let base = bytes.baseAddress else { return }
      try unsafe put(from: base, count: bytes.count)
    }
  }
}
