import CZircon
import Glibc
import TestSupport
import Testing

/// A folder for paths, taken away on deinit.
struct ScratchFolder: ~Copyable {
  let path: String

  init() throws {
    var template = Array("/tmp/zircon-rendezvous-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func at(_ name: String) -> String { path + "/" + name }

  deinit {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) {
          _ = unlink(path + "/" + String(cString: $0))
        }
      }
    }
    closedir(folder)
    rmdir(path)
  }
}

private func serve(_ path: String, mode: UInt32 = 0o600) -> (zx_status_t, zx_handle_t) {
  var handle: zx_handle_t = 77
  let status = zxl_channel_serve(path, mode, &handle)
  return (status, handle)
}

private func served(_ path: String, mode: UInt32 = 0o600) throws -> OwnedHandle {
  let (status, handle) = serve(path, mode: mode)
  try #require(status == ZX_OK)
  return OwnedHandle(owning: handle)
}

private func connected(_ path: String) throws -> OwnedHandle {
  var handle = ZX_HANDLE_INVALID
  try #require(zxl_channel_connect(path, &handle) == ZX_OK)
  return OwnedHandle(owning: handle)
}

/// A connection that was let in.
private struct Admission: ~Copyable {
  let end: OwnedHandle
  let peer: zxl_peer_t
}

/// The next connection, waited for.
private func admitted(_ service: zx_handle_t) throws -> Admission {
  try #require(zx_object_wait_one(service, ZX_CHANNEL_READABLE, farDeadline(), nil) == ZX_OK)
  let (status, message) = channelRead(service)
  try #require(status == ZX_OK)
  try #require(message.bytes.count == MemoryLayout<zxl_peer_t>.size)
  try #require(message.handles.count == 1)
  let peer = message.bytes.withUnsafeBytes { $0.loadUnaligned(as: zxl_peer_t.self) }
  return Admission(end: OwnedHandle(owning: message.handles[0]), peer: peer)
}

/// The same, to be closed by the caller.
private func admittedHandle(_ service: zx_handle_t) throws -> zx_handle_t {
  try #require(zx_object_wait_one(service, ZX_CHANNEL_READABLE, farDeadline(), nil) == ZX_OK)
  return try channelTakeHandle(service)
}

private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

private func send(_ channel: zx_handle_t, _ bytes: [UInt8], to other: zx_handle_t) throws {
  #expect(channelWrite(channel, bytes) == ZX_OK)
  try #require(zx_object_wait_one(other, ZX_CHANNEL_READABLE, farDeadline(), nil) == ZX_OK)
  #expect(channelRead(other).message.bytes == bytes)
}

/// Sources: `zxl_channel_serve`, `zxl_channel_connect`, `zxl_channel_get_peer`.
@Suite("zxl_channel_serve, zxl_channel_connect", .serialized) struct RendezvousTests {
  @Test func `a connection is read as a message with a channel and who it is`() throws {
    let folder = try ScratchFolder()
    let service = try served(folder.at("s"))
    let client = try connected(folder.at("s"))
    let admission = try admitted(service.value)
    let peer = admission.peer
    #expect(peer.pid == getpid())
    #expect(peer.uid == geteuid())
    #expect(peer.gid == getegid())
    #expect(peer.reserved == 0)
    let info = try basicInfo(of: admission.end.value)
    #expect(info.type == ZX_OBJ_TYPE_CHANNEL)
    #expect(info.rights == ZX_DEFAULT_CHANNEL_RIGHTS)
    try send(client.value, [1, 2, 3], to: admission.end.value)
    try send(admission.end.value, [4], to: client.value)
  }

  @Test func `a connection wakes a wait and a port`() throws {
    let folder = try ScratchFolder()
    let service = try served(folder.at("s"))
    let port = try OwnedHandle.port()
    #expect(zx_object_wait_async(service.value, port.value, 9, ZX_CHANNEL_READABLE, 0) == ZX_OK)
    let client = try connected(folder.at("s"))
    var packet = zx_port_packet_t()
    #expect(zx_port_wait(port.value, farDeadline(), &packet) == ZX_OK)
    #expect(packet.key == 9)
    let admission = try admitted(service.value)
    try send(client.value, [5], to: admission.end.value)
  }

  @Test func `what a client writes before it is let in is there`() throws {
    let folder = try ScratchFolder()
    let service = try served(folder.at("s"))
    let client = try connected(folder.at("s"))
    #expect(channelWrite(client.value, [1]) == ZX_OK)
    let admission = try admitted(service.value)
    #expect(
      zx_object_wait_one(admission.end.value, ZX_CHANNEL_READABLE, farDeadline(), nil) == ZX_OK)
    #expect(channelRead(admission.end.value).message.bytes == [1])
  }

  @Test func `many clients, each with its own channel`() throws {
    let folder = try ScratchFolder()
    let service = try served(folder.at("s"))
    var clients: [zx_handle_t] = []
    var ends: [zx_handle_t] = []
    for number in 0..<300 {
      var client = ZX_HANDLE_INVALID
      try #require(zxl_channel_connect(folder.at("s"), &client) == ZX_OK)
      clients.append(client)
      #expect(channelWrite(client, [UInt8(number & 0xFF)]) == ZX_OK)
    }
    for number in 0..<300 {
      let end = try admittedHandle(service.value)
      ends.append(end)
      #expect(zx_object_wait_one(end, ZX_CHANNEL_READABLE, farDeadline(), nil) == ZX_OK)
      #expect(channelRead(end).message.bytes == [UInt8(number & 0xFF)])
    }
    for handle in clients + ends { #expect(zx_handle_close(handle) == ZX_OK) }
  }

  @Test func `closing ends the service and takes the path away`() throws {
    let folder = try ScratchFolder()
    var service = try served(folder.at("s"))
    let waiting = try connected(folder.at("s"))
    let admittedClient = try connected(folder.at("s"))
    _ = admittedClient.value
    service.close()
    #expect(!exists(folder.at("s")))
    #expect(
      zx_object_wait_one(waiting.value, ZX_CHANNEL_PEER_CLOSED, farDeadline(), nil) == ZX_OK)
    var handle: zx_handle_t = 77
    #expect(zxl_channel_connect(folder.at("s"), &handle) == ZX_ERR_NOT_FOUND)
    #expect(handle == 77)
    _ = try served(folder.at("s"))
  }

  @Test func `a channel outlives the service that let it in`() throws {
    let folder = try ScratchFolder()
    var service = try served(folder.at("s"))
    let client = try connected(folder.at("s"))
    let admission = try admitted(service.value)
    service.close()
    try send(client.value, [7], to: admission.end.value)
    try send(admission.end.value, [8], to: client.value)
  }

  @Test func `a living server is not replaced`() throws {
    let folder = try ScratchFolder()
    let service = try served(folder.at("s"))
    let (status, handle) = serve(folder.at("s"))
    #expect(status == ZX_ERR_ALREADY_EXISTS)
    #expect(handle == 77)
    // The attempt is no connection.
    #expect(channelRead(service.value).status == ZX_ERR_SHOULD_WAIT)
    _ = try connected(folder.at("s"))
  }

  @Test func `what a dead server left behind is replaced`() throws {
    let folder = try ScratchFolder()
    let path = folder.at("s")
    // As a server that was killed leaves it: a socket's file to which nobody listens.
    let dead = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(dead, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0)
    Glibc.close(dead)
    #expect(exists(path))
    var handle = ZX_HANDLE_INVALID
    #expect(zxl_channel_connect(path, &handle) == ZX_ERR_NOT_FOUND)
    let service = try served(path)
    let client = try connected(path)
    let admission = try admitted(service.value)
    try send(client.value, [1], to: admission.end.value)
  }

  @Test func `a file that is no socket stays`() throws {
    let folder = try ScratchFolder()
    let file = creat(folder.at("f"), 0o600)
    try #require(file >= 0)
    Glibc.close(file)
    #expect(serve(folder.at("f")).0 == ZX_ERR_ALREADY_EXISTS)
    #expect(exists(folder.at("f")))
    var handle = ZX_HANDLE_INVALID
    #expect(zxl_channel_connect(folder.at("f"), &handle) == ZX_ERR_NOT_FOUND)
  }

  @Test(arguments: [0o600, 0o660, 0o666, 0o777, 0] as [UInt32])
  func `the mode is that of the file, whatever the umask`(mode: UInt32) throws {
    let folder = try ScratchFolder()
    let service = try served(folder.at("s"), mode: mode)
    var facts = stat()
    #expect(stat(folder.at("s"), &facts) == 0)
    #expect(facts.st_mode & 0o7777 == mode)
    _ = service.value
  }

  @Test func `bad paths`() throws {
    let folder = try ScratchFolder()
    let file = creat(folder.at("f"), 0o600)
    Glibc.close(file)
    let cases: [(String, zx_status_t)] = [
      ("", ZX_ERR_INVALID_ARGS),
      (folder.at("none/s"), ZX_ERR_NOT_FOUND),
      (folder.at("f/s"), ZX_ERR_INVALID_ARGS),
      (folder.at(String(repeating: "x", count: 107)), ZX_ERR_INVALID_ARGS),
    ]
    for (path, expected) in cases {
      #expect(serve(path) == (expected, 77))
      var handle: zx_handle_t = 77
      #expect(zxl_channel_connect(path, &handle) == expected)
      #expect(handle == 77)
    }
    let longest = folder.at(String(repeating: "x", count: 106 - folder.path.utf8.count))
    #expect(longest.utf8.count == 107)
    let service = try served(longest)
    _ = try connected(longest)
    _ = service.value
  }

  @Test func `bad pointers and modes`() throws {
    let folder = try ScratchFolder()
    let path = folder.at("s")
    let bad = UnsafeMutablePointer<zx_handle_t>(bitPattern: 8)
    var handle: zx_handle_t = 77
    #expect(zxl_channel_serve(nil, 0o600, &handle) == ZX_ERR_INVALID_ARGS)
    #expect(
      zxl_channel_serve(UnsafePointer(bitPattern: 8), 0o600, &handle) == ZX_ERR_INVALID_ARGS)
    #expect(zxl_channel_serve(path, 0o1000, &handle) == ZX_ERR_INVALID_ARGS)
    for out in [nil, bad] {
      #expect(zxl_channel_serve(path, 0o600, out) == ZX_ERR_INVALID_ARGS)
      #expect(!exists(path))
    }
    let service = try served(path)
    #expect(zxl_channel_connect(nil, &handle) == ZX_ERR_INVALID_ARGS)
    #expect(zxl_channel_connect(UnsafePointer(bitPattern: 8), &handle) == ZX_ERR_INVALID_ARGS)
    for out in [nil, bad] { #expect(zxl_channel_connect(path, out) == ZX_ERR_INVALID_ARGS) }
    #expect(handle == 77)
    _ = service.value
  }

  @Test func `the handle can be read and waited for, and not written to`() throws {
    let folder = try ScratchFolder()
    let service = try served(folder.at("s"))
    let rights = try basicInfo(of: service.value).rights
    #expect(rights == ZX_DEFAULT_CHANNEL_RIGHTS & ~ZX_RIGHT_WRITE)
    #expect(channelWrite(service.value, [1]) == ZX_ERR_ACCESS_DENIED)
  }

  @Test func `who is at the other end`() throws {
    let pair = try ChannelPair()
    var peer = zxl_peer_t(pid: 1, uid: 2, gid: 3, reserved: 4)
    #expect(zxl_channel_get_peer(pair.first, &peer) == ZX_OK)
    #expect(peer.pid == getpid() && peer.uid == geteuid() && peer.gid == getegid())
    #expect(peer.reserved == 0)
    #expect(zxl_channel_get_peer(ZX_HANDLE_INVALID, &peer) == ZX_ERR_BAD_HANDLE)
    #expect(zxl_channel_get_peer(try staleHandle(), &peer) == ZX_ERR_BAD_HANDLE)
    let event = try OwnedHandle.event()
    #expect(zxl_channel_get_peer(event.value, &peer) == ZX_ERR_WRONG_TYPE)
    #expect(zxl_channel_get_peer(pair.first, nil) == ZX_ERR_INVALID_ARGS)
    let blind = try OwnedHandle(
      duplicating: event.value, rights: ZX_DEFAULT_EVENT_RIGHTS & ~ZX_RIGHT_INSPECT)
    #expect(zxl_channel_get_peer(blind.value, &peer) == ZX_ERR_WRONG_TYPE)
  }
}
