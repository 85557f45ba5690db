// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The calls on sockets, in front of those of the C headers: each goes to the process that its handle is in, so that the
// tests are the same with both ends here and with the ends in two processes.

import CZircon
import TwoEnds

func zx_socket_create(
  _ options: UInt32, _ out0: UnsafeMutablePointer<zx_handle_t>?,
  _ out1: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t { TwoEnds.socketCreate(options, out0, out1) }

func zx_socket_write(
  _ handle: zx_handle_t, _ options: UInt32, _ buffer: UnsafeRawPointer?, _ size: Int,
  _ actual: UnsafeMutablePointer<Int>?
) -> zx_status_t { TwoEnds.socketWrite(handle, options, buffer, size, actual) }

func zx_socket_read(
  _ handle: zx_handle_t, _ options: UInt32, _ buffer: UnsafeMutableRawPointer?, _ size: Int,
  _ actual: UnsafeMutablePointer<Int>?
) -> zx_status_t { TwoEnds.socketRead(handle, options, buffer, size, actual) }

func zx_socket_set_disposition(
  _ handle: zx_handle_t, _ own: UInt32, _ peer: UInt32
) -> zx_status_t { TwoEnds.setDisposition(handle, own, peer) }

func zx_socket_shutdown(_ handle: zx_handle_t, _ options: UInt32) -> zx_status_t {
  TwoEnds.shutdown(handle, options)
}

func zxl_socket_writev(
  _ handle: zx_handle_t, _ options: UInt32, _ vector: UnsafePointer<zx_iovec_t>?, _ count: Int,
  _ actual: UnsafeMutablePointer<Int>?
) -> zx_status_t {
  TwoEnds.vector(isRead: false, handle, options, vector, count, actual)
}

func zxl_socket_readv(
  _ handle: zx_handle_t, _ options: UInt32, _ vector: UnsafePointer<zx_iovec_t>?, _ count: Int,
  _ actual: UnsafeMutablePointer<Int>?
) -> zx_status_t {
  TwoEnds.vector(isRead: true, handle, options, vector, count, actual)
}

func zxl_socket_batch(
  _ operations: UnsafeMutablePointer<zxl_socket_op_t>?, _ count: Int
) -> zx_status_t { TwoEnds.batch(operations, count) }

func zx_object_wait_one(
  _ handle: zx_handle_t, _ mask: zx_signals_t, _ deadline: zx_instant_mono_t,
  _ observed: UnsafeMutablePointer<zx_signals_t>?
) -> zx_status_t { TwoEnds.waitOne(handle, mask, deadline, observed) }

func zx_object_wait_many(
  _ items: UnsafeMutablePointer<zx_wait_item_t>?, _ count: Int, _ deadline: zx_instant_mono_t
) -> zx_status_t { TwoEnds.waitMany(items, count, deadline) }

func zx_object_signal(_ handle: zx_handle_t, _ clear: UInt32, _ set: UInt32) -> zx_status_t {
  TwoEnds.signal(handle, clear, set)
}

func zx_object_signal_peer(
  _ handle: zx_handle_t, _ clear: UInt32, _ set: UInt32
) -> zx_status_t { TwoEnds.signalPeer(handle, clear, set) }

func zx_object_get_info(
  _ handle: zx_handle_t, _ topic: UInt32, _ buffer: UnsafeMutableRawPointer?, _ size: Int,
  _ actual: UnsafeMutablePointer<Int>?, _ available: UnsafeMutablePointer<Int>?
) -> zx_status_t { TwoEnds.getInfo(handle, topic, buffer, size, actual, available) }

func zx_object_get_property(
  _ handle: zx_handle_t, _ property: UInt32, _ value: UnsafeMutableRawPointer?, _ size: Int
) -> zx_status_t { TwoEnds.getProperty(handle, property, value, size) }

func zx_object_set_property(
  _ handle: zx_handle_t, _ property: UInt32, _ value: UnsafeRawPointer?, _ size: Int
) -> zx_status_t { TwoEnds.setProperty(handle, property, value, size) }

func zx_handle_close(_ handle: zx_handle_t) -> zx_status_t { TwoEnds.close(handle) }

func zx_handle_close_many(
  _ handles: UnsafePointer<zx_handle_t>?, _ count: Int
) -> zx_status_t { TwoEnds.closeMany(handles, count) }

func zx_handle_duplicate(
  _ handle: zx_handle_t, _ rights: zx_rights_t, _ out: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t { TwoEnds.duplicate(handle, rights, out) }

func zx_handle_replace(
  _ handle: zx_handle_t, _ rights: zx_rights_t, _ out: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t { TwoEnds.replace(handle, rights, out) }

func zx_handle_check_valid(_ handle: zx_handle_t) -> zx_status_t {
  TwoEnds.checkValid(handle)
}
