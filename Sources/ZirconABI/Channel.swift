// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Makes a channel.
///
/// `ZX_ERR_INVALID_ARGS` for any option or a bad out, `ZX_ERR_NO_MEMORY`.
@c @implementation
public func zx_channel_create(
  _ options: UInt32, _ out0: UnsafeMutablePointer<zx_handle_t>?,
  _ out1: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    guard options == 0 else { throw .invalidArgs }
    let kernel = try Kernel.current
    try kernel.give(kernel.makeChannel(), to: unsafe UserOut(out0), unsafe UserOut(out1))
  }
}

// MARK: Reading

/// Reads a message; see `Kernel.readChannel`.
@c @implementation
public func zx_channel_read(
  _ handle: zx_handle_t, _ options: UInt32, _ bytes: UnsafeMutableRawPointer?,
  _ handles: UnsafeMutablePointer<zx_handle_t>?, _ num_bytes: UInt32, _ num_handles: UInt32,
  _ actual_bytes: UnsafeMutablePointer<UInt32>?, _ actual_handles: UnsafeMutablePointer<UInt32>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let room = unsafe MessageRoom(
      bytes: bytes, num_bytes, handles: handles, num_handles, as: .value, byteCount: actual_bytes,
      handleCount: actual_handles)
    try Kernel.current.readChannel(HandleValue(handle), options: options, into: room)
  }
}

/// Reads a message and tells what its handles are; see `Kernel.readChannel`.
@c @implementation
public func zx_channel_read_etc(
  _ handle: zx_handle_t, _ options: UInt32, _ bytes: UnsafeMutableRawPointer?,
  _ handles: UnsafeMutablePointer<zx_handle_info_t>?, _ num_bytes: UInt32, _ num_handles: UInt32,
  _ actual_bytes: UnsafeMutablePointer<UInt32>?, _ actual_handles: UnsafeMutablePointer<UInt32>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let room = unsafe MessageRoom(
      bytes: bytes, num_bytes, handles: handles, num_handles, as: .info, byteCount: actual_bytes,
      handleCount: actual_handles)
    try Kernel.current.readChannel(HandleValue(handle), options: options, into: room)
  }
}

// MARK: Writing

/// Writes a message; see `Kernel.writeChannel`.
///
/// `ZX_ERR_INVALID_ARGS` for an unknown option, before all else; the handles go even then.
@c @implementation
public func zx_channel_write(
  _ handle: zx_handle_t, _ options: UInt32, _ bytes: UnsafeRawPointer?, _ num_bytes: UInt32,
  _ handles: UnsafePointer<zx_handle_t>?, _ num_handles: UInt32
) -> zx_status_t {
  syscall { () throws(Status) in
    let handles = unsafe OutgoingHandles(handles, count: num_handles)
    let kernel = try Kernel.current
    try kernel.checkWrite(options, handles)
    let bytes = unsafe OutgoingBytes(bytes, count: num_bytes, options: options)
    try kernel.writeChannel(HandleValue(handle), bytes, handles)
  }
}

/// Writes a message and says of each handle what to do with it; see `Kernel.writeChannel`.
///
/// `ZX_ERR_INVALID_ARGS` for an unknown option, before all else; the handles go even then.
@c @implementation
public func zx_channel_write_etc(
  _ handle: zx_handle_t, _ options: UInt32, _ bytes: UnsafeRawPointer?, _ num_bytes: UInt32,
  _ handles: UnsafeMutablePointer<zx_handle_disposition_t>?, _ num_handles: UInt32
) -> zx_status_t {
  syscall { () throws(Status) in
    let handles = unsafe OutgoingHandles(handles, count: num_handles)
    let kernel = try Kernel.current
    try kernel.checkWrite(options, handles)
    let bytes = unsafe OutgoingBytes(bytes, count: num_bytes, options: options)
    try kernel.writeChannel(HandleValue(handle), bytes, handles)
  }
}

// MARK: Calling

/// Sends a message and waits for its answer; see `Kernel.callChannel`.
///
/// `ZX_ERR_INVALID_ARGS` before all else if `args` cannot be read, and then nothing happens; after
/// that for an unknown option.
@c @implementation
public func zx_channel_call(
  _ handle: zx_handle_t, _ options: UInt32, _ deadline: zx_instant_mono_t,
  _ args: UnsafePointer<zx_channel_call_args_t>?, _ actual_bytes: UnsafeMutablePointer<UInt32>?,
  _ actual_handles: UnsafeMutablePointer<UInt32>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let size = unsafe MemoryLayout<zx_channel_call_args_t>.size
    let args = try unsafe UserIn(args, byteCount: size).value(as: zx_channel_call_args_t.self)
    let handles = unsafe OutgoingHandles(args.wr_handles, count: args.wr_num_handles)
    let kernel = try Kernel.current
    try kernel.checkWrite(options, handles)
    let bytes = unsafe OutgoingBytes(args.wr_bytes, count: args.wr_num_bytes, options: options)
    let room = unsafe MessageRoom(
      bytes: args.rd_bytes, args.rd_num_bytes, handles: args.rd_handles, args.rd_num_handles,
      as: .value, byteCount: actual_bytes, handleCount: actual_handles)
    try kernel.callChannel(
      HandleValue(handle), bytes, handles, until: Deadline(rawValue: deadline), into: room)
  }
}

/// Sends a message and waits for its answer, with dispositions on the way out and facts on the way
/// in; see `zx_channel_call`.
@c @implementation
public func zx_channel_call_etc(
  _ handle: zx_handle_t, _ options: UInt32, _ deadline: zx_instant_mono_t,
  _ args: UnsafeMutablePointer<zx_channel_call_etc_args_t>?,
  _ actual_bytes: UnsafeMutablePointer<UInt32>?, _ actual_handles: UnsafeMutablePointer<UInt32>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let size = unsafe MemoryLayout<zx_channel_call_etc_args_t>.size
    let args = try unsafe UserIn(args, byteCount: size).value(as: zx_channel_call_etc_args_t.self)
    let handles = unsafe OutgoingHandles(args.wr_handles, count: args.wr_num_handles)
    let kernel = try Kernel.current
    try kernel.checkWrite(options, handles)
    let bytes = unsafe OutgoingBytes(args.wr_bytes, count: args.wr_num_bytes, options: options)
    let room = unsafe MessageRoom(
      bytes: args.rd_bytes, args.rd_num_bytes, handles: args.rd_handles, args.rd_num_handles,
      as: .info, byteCount: actual_bytes, handleCount: actual_handles)
    try kernel.callChannel(
      HandleValue(handle), bytes, handles, until: Deadline(rawValue: deadline), into: room)
  }
}

extension Kernel {
  /// Judges the options of a write or call.
  ///
  /// - Throws: `invalidArgs` for an unknown one, with `handles` gone.
  fileprivate func checkWrite(_ options: UInt32, _ handles: OutgoingHandles) throws(Status) {
    guard options & ~ZX_CHANNEL_WRITE_USE_IOVEC != 0 else { return }
    discard(handles)
    throw .invalidArgs
  }
}
