import CZircon
import Glibc
import Testing

/// What a call of `fdio_spawn_etc` has given; the handle is closed on deinit.
struct Spawned: ~Copyable {
  let status: zx_status_t
  let words: String
  let process: zx_handle_t

  /// What it has ended with, once it has.
  func returnCode(sourceLocation: SourceLocation = #_sourceLocation) -> Int64 {
    let wait = zx_object_wait_one(process, ZX_TASK_TERMINATED, farDeadline(), nil)
    #expect(wait == ZX_OK, sourceLocation: sourceLocation)
    let info = processInfo(of: process)
    #expect(
      info.flags == ZX_INFO_PROCESS_FLAG_STARTED | ZX_INFO_PROCESS_FLAG_EXITED,
      sourceLocation: sourceLocation)
    return info.return_code
  }

  deinit {
    #expect(zx_handle_close(process) == ZX_OK)
  }
}

func processInfo(of process: zx_handle_t) -> zx_info_process_t {
  var info = zx_info_process_t()
  let size = MemoryLayout<zx_info_process_t>.size
  #expect(zx_object_get_info(process, ZX_INFO_PROCESS, &info, size, nil, nil) == ZX_OK)
  return info
}

/// Starts the program that the first argument names, with everything of this process's.
func spawn(
  _ arguments: [String], _ actions: [fdio_spawn_action_t] = [],
  flags: UInt32 = FDIO_SPAWN_CLONE_ALL, variables: [String]? = nil,
  job: zx_handle_t = ZX_HANDLE_INVALID
) -> Spawned {
  var words = [CChar](repeating: 1, count: Int(FDIO_SPAWN_ERR_MSG_MAX_LENGTH))
  var process = ZX_HANDLE_INVALID
  let status = withStrings(arguments) { arguments in
    guard let variables else {
      return fdio_spawn_etc(
        job, flags, arguments[0], arguments, nil, actions.count, actions, &process, &words)
    }
    return withStrings(variables) { variables in
      fdio_spawn_etc(
        job, flags, arguments[0], arguments, variables, actions.count, actions, &process, &words)
    }
  }
  return Spawned(status: status, words: text(words), process: process)
}

/// Runs a script of the shell.
func shell(_ script: String, _ actions: [fdio_spawn_action_t] = []) -> Spawned {
  spawn(["/bin/sh", "-c", script], actions)
}

/// The text before the NUL.
func text(_ characters: [CChar]) -> String {
  String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Runs `body` with an array of C strings, behind which there is a null.
func withStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  let pointers = copies.map { UnsafePointer($0) } + [nil]
  return pointers.withUnsafeBufferPointer { pointers in
    guard let base = pointers.baseAddress else { preconditionFailure("not even the null") }
    return body(base)
  }
}

extension fdio_spawn_action_t {
  /// Gives a handle.
  static func handle(_ handle: zx_handle_t, _ id: UInt32) -> Self {
    var action = other(FDIO_SPAWN_ACTION_ADD_HANDLE)
    action.h.id = id
    action.h.handle = handle
    return action
  }

  /// Gives a descriptor, which stays open here.
  static func clone(_ number: Int32, as target: Int32) -> Self {
    var action = other(FDIO_SPAWN_ACTION_CLONE_FD)
    action.fd.local_fd = number
    action.fd.target_fd = target
    return action
  }

  /// Gives a descriptor away.
  static func transfer(_ number: Int32, as target: Int32) -> Self {
    var action = clone(number, as: target)
    action.action = FDIO_SPAWN_ACTION_TRANSFER_FD
    return action
  }

  /// Shares a directory.
  static func directory(_ prefix: UnsafePointer<CChar>?) -> Self {
    var action = other(FDIO_SPAWN_ACTION_CLONE_DIR)
    action.dir.prefix = prefix
    return action
  }

  static func other(_ code: UInt32) -> Self {
    var action = fdio_spawn_action_t()
    action.action = code
    return action
  }
}

/// A pipe, what is left of which is closed on deinit.
struct Pipe: ~Copyable {
  let reading: Int32
  private(set) var writing: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    for end in ends { #expect(fcntl(end, F_SETFD, FD_CLOEXEC) == 0) }
    (reading, writing) = (ends[0], ends[1])
  }

  mutating func closeWriting() {
    close(writing)
    forgetWriting()
  }

  /// Says that a call has closed it.
  mutating func forgetWriting() {
    writing = -1
  }

  /// What comes until nobody has the other end.
  func readAll() -> String {
    var all: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(reading, &bytes, bytes.count)
      guard count > 0 else { break }
      all += bytes[..<count]
    }
    return String(decoding: all, as: UTF8.self)
  }

  deinit {
    close(reading)
    if writing >= 0 { close(writing) }
  }
}

/// Whether this process has no child, running or not, within some seconds; takes none away.
func hasNoChildren() -> Bool {
  for _ in 0..<20_000 {
    var info = siginfo_t()
    if waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1 { return errno == ECHILD }
    usleep(1_000)
  }
  return false
}
