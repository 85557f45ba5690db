// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Tells how the calling thread reaches Linux.
///
/// `ZX_ERR_INVALID_ARGS` for a bad pointer.
@c @implementation
public func zxl_backend_get_info(_ info: UnsafeMutablePointer<zxl_backend_info_t>?) -> zx_status_t {
  syscall { () throws(Status) in
    let operations = Backend.operationCounts
    try unsafe UserOut(info).put(
      record: zxl_backend_info_t(
        backend: UInt32(Backend.requested.rawValue), ring: Ring.state.rawValue,
        ring_operations: operations.ring, syscall_operations: operations.syscall,
        socket_buffer: UInt64(SendBuffer.granted)))
  }
}

/// Runs reads and writes in as few submissions as can be; see `Kernel.run`.
///
/// `ZX_OK` if every `status` is valid; `ZX_ERR_OUT_OF_RANGE` for more than 4,096 operations;
/// `ZX_ERR_INVALID_ARGS` if the array cannot be read or written: operations before that place, which is
/// found 64 at a time, have been made.
@c @implementation
public func zxl_socket_batch(
  _ ops: UnsafeMutablePointer<zxl_socket_op_t>?, _ num_ops: Int
) -> zx_status_t {
  syscall { () throws(Status) in
    guard num_ops >= 0, num_ops <= ZXL_SOCKET_BATCH_MAX_OPS else { throw .outOfRange }
    let kernel = try Kernel.current
    var done = 0
    while done < num_ops {
      let count = min(num_ops - done, Kernel.batchRound)
      try unsafe runChunk(ops.map { unsafe UnsafeMutableRawPointer($0 + done) }, count, kernel)
      done += count
    }
  }
}

/// Runs up to one round of operations on a copy of the caller's records.
@unsafe
private func runChunk(
  _ base: UnsafeMutableRawPointer?, _ count: Int, _ kernel: Kernel
) throws(Status) {
  let byteCount = count * MemoryLayout<SocketOperation>.stride
  var copy = unsafe InlineArray<64, SocketOperation>(
    repeating: SocketOperation(code: 0, handle: 0, options: 0, buffer: nil, size: 0))
  try unsafe withUnsafeMutablePointer(to: &copy) { (copy) throws(Status) in
    let operations = UnsafeMutableRawPointer(copy)
    try unsafe UserIn(base, byteCount: byteCount).fetch(into: operations, count: byteCount)
    var span = unsafe MutableSpan(
      _unsafeStart: operations.assumingMemoryBound(to: SocketOperation.self), count: count)
    kernel.run(&span)
    try unsafe UserOut(base, byteCount: byteCount).put(from: operations, count: byteCount)
  }
}

/// Writes several buffers as one; see `zx_socket_write`.
///
/// `ZX_ERR_OUT_OF_RANGE` for more than 1,024 buffers, `ZX_ERR_INVALID_ARGS` for a bad `vector`.
@c @implementation
public func zxl_socket_writev(
  _ handle: zx_handle_t, _ options: UInt32, _ vector: UnsafePointer<zx_iovec_t>?,
  _ num_vector: Int, _ actual: UnsafeMutablePointer<Int>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let records = try unsafe vectorRecords(vector, num_vector)
    guard options == 0 else { throw .invalidArgs }
    let written = try Kernel.current.writeSocket(
      HandleValue(handle), vector: records, count: num_vector)
    try unsafe UserOut(actual).putIfWanted(written)
  }
}

/// Reads into several buffers as one, or peeks; see `zx_socket_read`.
///
/// `ZX_ERR_OUT_OF_RANGE` for more than 1,024 buffers, `ZX_ERR_INVALID_ARGS` for a bad `vector`.
@c @implementation
public func zxl_socket_readv(
  _ handle: zx_handle_t, _ options: UInt32, _ vector: UnsafePointer<zx_iovec_t>?,
  _ num_vector: Int, _ actual: UnsafeMutablePointer<Int>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let records = try unsafe vectorRecords(vector, num_vector)
    guard options & ~ZX_SOCKET_PEEK == 0 else { throw .invalidArgs }
    let read = try Kernel.current.readSocket(
      HandleValue(handle), vector: records, count: num_vector, isPeek: options != 0)
    try unsafe UserOut(actual).putIfWanted(read)
  }
}

@unsafe
private func vectorRecords(
  _ vector: UnsafePointer<zx_iovec_t>?, _ count: Int
) throws(Status) -> UserIn {
  guard count >= 0, count <= Kernel.maxBuffers else { throw .outOfRange }
  return unsafe UserIn(vector, byteCount: count * MemoryLayout<zx_iovec_t>.stride)
}

// MARK: Channels between processes

/// Serves channels at a path; see `Kernel.serveChannel`.
///
/// `ZX_ERR_INVALID_ARGS` for a bad pointer.
@c @implementation
public func zxl_channel_serve(
  _ path: UnsafePointer<CChar>?, _ mode: UInt32, _ out: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let path = try unsafe UserIn(path, byteCount: .max).path()
    let kernel = try Kernel.current
    try kernel.give(kernel.serveChannel(at: path, mode: mode), to: unsafe UserOut(out))
  }
}

/// Makes a channel to whoever serves at a path; see `Kernel.connectChannel`.
///
/// `ZX_ERR_INVALID_ARGS` for a bad pointer.
@c @implementation
public func zxl_channel_connect(
  _ path: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let path = try unsafe UserIn(path, byteCount: .max).path()
    let kernel = try Kernel.current
    try kernel.give(kernel.connectChannel(to: path), to: unsafe UserOut(out))
  }
}

/// Tells who is at the other end; see `Kernel.channelPeer`.
///
/// `ZX_ERR_INVALID_ARGS` for a bad pointer.
@c @implementation
public func zxl_channel_get_peer(
  _ channel: zx_handle_t, _ peer: UnsafeMutablePointer<zxl_peer_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let found = try Kernel.current.channelPeer(of: HandleValue(channel))
    try unsafe UserOut(peer).put(
      record: zxl_peer_t(pid: found.pid, uid: found.uid, gid: found.gid, reserved: 0))
  }
}
