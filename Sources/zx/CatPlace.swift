import ArgumentParser
import CZircon
import Glibc

/// A place on the command line of `zx cat`.
enum CatPlace: ExpressibleByArgument, Equatable {
  case standard
  case file(String)
  case connect(String)
  case listen(String)
  case serve(String)
  case handOver(String)
  case execute(String)

  /// Which of the two.
  enum Role {
    case first
    case second
  }

  init?(argument: String) {
    if argument == "-" {
      self = .standard
      return
    }
    guard let colon = argument.firstIndex(of: ":") else { return nil }
    let rest = String(argument[argument.index(after: colon)...])
    guard !rest.isEmpty else { return nil }
    switch argument[..<colon] {
    case "file": self = .file(rest)
    case "unix": self = .connect(rest)
    case "listen": self = .listen(rest)
    case "serve": self = .serve(rest)
    case "zircon": self = .handOver(rest)
    case "exec": self = .execute(rest)
    default: return nil
    }
  }

  /// What is there, ready to be read and written.
  ///
  /// - Throws: What the command ends with, said on standard error.
  func open(_ role: Role, _ kind: UInt32, isAlone: Bool) throws -> OpenPlace {
    switch self {
    case .standard:
      return OpenPlace(
        source: isAlone && role == .second ? .nothing : .file(STDIN_FILENO),
        sink: isAlone && role == .first ? .nothing : .file(STDOUT_FILENO))
    case .file(let path):
      let flags = role == .first ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC
      let file = try checkErrno(Glibc.open(path, flags | O_CLOEXEC, 0o666), path)
      return role == .first
        ? OpenPlace(source: .file(file), sink: .nothing)
        : OpenPlace(source: .nothing, sink: .file(file))
    case .connect(let path): return OpenPlace(try connection(to: path, kind))
    case .listen(let path): return OpenPlace(try connection(at: path, kind))
    case .serve(let path): return OpenPlace(try served(at: path))
    case .handOver(let path): return OpenPlace(try handOverSocket(at: path, kind))
    case .execute(let command): return try startChild(command, kind)
    }
  }
}

/// A place that is open.
struct OpenPlace {
  let source: CatEnd
  let sink: CatEnd
  /// The child, if that is what is there.
  private var process = ZX_HANDLE_INVALID

  init(source: CatEnd, sink: CatEnd) {
    self.source = source
    self.sink = sink
  }

  fileprivate init(_ socket: zx_handle_t, process: zx_handle_t = ZX_HANDLE_INVALID) {
    source = .socket(socket)
    sink = .socket(socket)
    self.process = process
  }

  /// Whether there is no socket of its own.
  var isFile: Bool {
    if case .socket = source { false } else { true }
  }

  /// The exit code of the child, once it has ended; nil if there is none.
  func exitCode() throws -> Int32? {
    guard process != ZX_HANDLE_INVALID else { return nil }
    let forever = ZX_TIME_INFINITE
    try check(zx_object_wait_one(process, ZX_TASK_TERMINATED, forever, nil), "the child")
    var info = zx_info_process_t()
    let size = MemoryLayout<zx_info_process_t>.size
    try check(
      zx_object_get_info(process, UInt32(ZX_INFO_PROCESS), &info, size, nil, nil), "the child")
    return Int32(truncatingIfNeeded: info.return_code)
  }
}

// MARK: Unix paths

private func unixSocket(_ kind: UInt32) throws -> Int32 {
  let type = kind == ZX_SOCKET_STREAM ? SOCK_STREAM : SOCK_SEQPACKET
  return try checkErrno(
    socket(AF_UNIX, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0), "no socket")
}

/// Runs `body` with the address that `path` is.
private func withAddress(
  _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) throws -> Int32 {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  let bytes = Array(path.utf8)
  guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
    throw complain("\(path): too long for a Unix path")
  }
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
  return withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
}

private func adopt(_ descriptor: Int32, _ path: String) throws -> zx_handle_t {
  var handle = ZX_HANDLE_INVALID
  try check(fdio_fd_transfer(descriptor, &handle), path)
  return handle
}

private func connection(to path: String, _ kind: UInt32) throws -> zx_handle_t {
  let descriptor = try unixSocket(kind)
  try checkErrno(try withAddress(path) { Glibc.connect(descriptor, $0, $1) }, path)
  return try adopt(descriptor, path)
}

private func connection(at path: String, _ kind: UInt32) throws -> zx_handle_t {
  let listener = try unixSocket(kind)
  defer { close(listener) }
  try checkErrno(try withAddress(path) { bind(listener, $0, $1) }, path)
  defer { unlink(path) }
  try checkErrno(Glibc.listen(listener, 1), path)
  let connection = try checkErrno(accept(listener, nil, nil), path)
  return try adopt(connection, path)
}

// MARK: Zircon programs

/// A message with one handle.
private func receiveHandle(_ channel: zx_handle_t, _ path: String) throws -> zx_handle_t {
  let wanted = ZX_CHANNEL_READABLE | ZX_CHANNEL_PEER_CLOSED
  try check(zx_object_wait_one(channel, wanted, ZX_TIME_INFINITE, nil), path)
  var bytes = [UInt8](repeating: 0, count: 64)
  var handle = ZX_HANDLE_INVALID
  var (byteCount, handleCount): (UInt32, UInt32) = (0, 0)
  try check(
    zx_channel_read(
      channel, ZX_CHANNEL_READ_MAY_DISCARD, &bytes, &handle, 64, 1, &byteCount, &handleCount), path)
  guard handleCount == 1 else { throw complain("\(path): a message without a handle") }
  return handle
}

private func served(at path: String) throws -> zx_handle_t {
  var service = ZX_HANDLE_INVALID
  try check(zxl_channel_serve(path, 0o600, &service), path)
  defer { zx_handle_close(service) }
  let client = try receiveHandle(service, path)
  defer { zx_handle_close(client) }
  let socket = try receiveHandle(client, path)
  var info = zx_info_handle_basic_t()
  let size = MemoryLayout<zx_info_handle_basic_t>.size
  try check(
    zx_object_get_info(socket, UInt32(ZX_INFO_HANDLE_BASIC), &info, size, nil, nil), path)
  guard info.type == UInt32(ZX_OBJ_TYPE_SOCKET) else {
    throw complain("\(path): the client has sent no socket")
  }
  return socket
}

private func handOverSocket(at path: String, _ kind: UInt32) throws -> zx_handle_t {
  var (near, far) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
  var channel = ZX_HANDLE_INVALID
  try check(zxl_channel_connect(path, &channel), path)
  defer { zx_handle_close(channel) }
  try check(zx_socket_create(kind, &near, &far), "no socket")
  try check(zx_channel_write(channel, 0, nil, 0, &far, 1), path)
  return near
}

// MARK: Children

private func startChild(_ command: String, _ kind: UInt32) throws -> OpenPlace {
  var (near, far) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
  try check(zx_socket_create(kind, &near, &far), "no socket")
  var plain: Int32 = -1
  try check(fdio_fd_create(far, &plain), "no descriptor")
  return OpenPlace(near, process: try startShell(command, plain))
}

/// Starts `/bin/sh -c command` with a descriptor as its input and output, which is gone here afterwards.
private func startShell(_ command: String, _ plain: Int32) throws -> zx_handle_t {
  let copies = ["sh", "-c", command].map { (word: String) in strdup(word) }
  defer { for copy in copies { free(copy) } }
  let arguments = copies.map { UnsafePointer<CChar>($0) } + [nil]
  var input = fdio_spawn_action_t()
  input.action = FDIO_SPAWN_ACTION_CLONE_FD
  input.fd.local_fd = plain
  input.fd.target_fd = STDIN_FILENO
  var output = input
  output.action = FDIO_SPAWN_ACTION_TRANSFER_FD
  output.fd.target_fd = STDOUT_FILENO
  var process = ZX_HANDLE_INVALID
  var message = [CChar](repeating: 0, count: Int(FDIO_SPAWN_ERR_MSG_MAX_LENGTH))
  let status = fdio_spawn_etc(
    ZX_HANDLE_INVALID, FDIO_SPAWN_CLONE_ALL, "/bin/sh", arguments, nil, 2, [input, output],
    &process,
    &message)
  let words = message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
  try check(status, String(decoding: words, as: UTF8.self))
  return process
}
