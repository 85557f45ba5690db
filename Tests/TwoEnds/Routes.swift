package import CZircon

/// The calls, each sent where its handle is.
extension TwoEnds {
  package static func socketCreate(
    _ options: UInt32, _ out0: UnsafeMutablePointer<zx_handle_t>?,
    _ out1: UnsafeMutablePointer<zx_handle_t>?
  ) -> zx_status_t {
    switch mode {
    case .here: return CZircon.zx_socket_create(options, out0, out1)
    case .sent:
      let status = CZircon.zx_socket_create(options, out0, out1)
      if status == ZX_OK { send(out1) }
      return status
    case .copied:
      let status = CZircon.zx_socket_create(options, out0, out1)
      guard status == ZX_OK else { return status }
      for out in [out0, out1] { _ = close(sendCopy(out)) }
      return status
    case .lent:
      let status = CZircon.zx_socket_create(options, out0, out1)
      guard status == ZX_OK, let out1 else { return status }
      let copy = sendCopy(out1)
      let raw = UnsafeMutableRawPointer(out1)
      _ = CZircon.zx_handle_close(raw.loadUnaligned(as: zx_handle_t.self))
      raw.storeBytes(of: copy, as: zx_handle_t.self)
      return status
    case .received, .there:
      let status = peer.perform(
        .socketCreate, [word(options)], [.output(1, out0, 4), .output(2, out1, 4)])
      guard status == ZX_OK else { return status }
      tag(out1)
      if mode == .there { tag(out0) } else { receive(out0) }
      return status
    }
  }

  package static func socketWrite(
    _ handle: zx_handle_t, _ options: UInt32, _ buffer: UnsafeRawPointer?, _ size: Int,
    _ actual: UnsafeMutablePointer<Int>?
  ) -> zx_status_t {
    guard isFar(handle) else {
      return CZircon.zx_socket_write(handle, options, buffer, size, actual)
    }
    return peer.perform(
      .socketWrite, [far(handle), word(options), 0, word(size)],
      [.input(2, buffer, size), .output(4, actual, 8)])
  }

  package static func socketRead(
    _ handle: zx_handle_t, _ options: UInt32, _ buffer: UnsafeMutableRawPointer?, _ size: Int,
    _ actual: UnsafeMutablePointer<Int>?
  ) -> zx_status_t {
    guard isFar(handle) else {
      return CZircon.zx_socket_read(handle, options, buffer, size, actual)
    }
    return peer.perform(
      .socketRead, [far(handle), word(options), 0, word(size)],
      [.output(2, buffer, size), .output(4, actual, 8)])
  }

  package static func setDisposition(
    _ handle: zx_handle_t, _ own: UInt32, _ other: UInt32
  ) -> zx_status_t {
    guard isFar(handle) else { return CZircon.zx_socket_set_disposition(handle, own, other) }
    return peer.perform(.socketSetDisposition, [far(handle), word(own), word(other)])
  }

  package static func shutdown(_ handle: zx_handle_t, _ options: UInt32) -> zx_status_t {
    guard isFar(handle) else { return CZircon.zx_socket_shutdown(handle, options) }
    return peer.perform(.socketShutdown, [far(handle), word(options)])
  }

  // MARK: Objects

  package static func waitOne(
    _ handle: zx_handle_t, _ mask: zx_signals_t, _ deadline: zx_instant_mono_t,
    _ observed: UnsafeMutablePointer<zx_signals_t>?
  ) -> zx_status_t {
    guard isFar(handle) else { return CZircon.zx_object_wait_one(handle, mask, deadline, observed) }
    return peer.perform(
      .waitOne, [far(handle), word(mask), word(deadline)], [.output(3, observed, 4)],
      mayWait: deadline > 0)
  }

  package static func signal(
    _ handle: zx_handle_t, _ clear: UInt32, _ set: UInt32
  ) -> zx_status_t {
    guard isFar(handle) else { return CZircon.zx_object_signal(handle, clear, set) }
    return peer.perform(.signal, [far(handle), word(clear), word(set)])
  }

  package static func signalPeer(
    _ handle: zx_handle_t, _ clear: UInt32, _ set: UInt32
  ) -> zx_status_t {
    guard isFar(handle) else { return CZircon.zx_object_signal_peer(handle, clear, set) }
    return peer.perform(.signalPeer, [far(handle), word(clear), word(set)])
  }

  package static func getInfo(
    _ handle: zx_handle_t, _ topic: UInt32, _ buffer: UnsafeMutableRawPointer?, _ size: Int,
    _ actual: UnsafeMutablePointer<Int>?, _ available: UnsafeMutablePointer<Int>?
  ) -> zx_status_t {
    guard isFar(handle) else {
      return CZircon.zx_object_get_info(handle, topic, buffer, size, actual, available)
    }
    return peer.perform(
      .getInfo, [far(handle), word(topic), 0, word(size)],
      [.output(2, buffer, size), .output(4, actual, 8), .output(5, available, 8)])
  }

  package static func getProperty(
    _ handle: zx_handle_t, _ property: UInt32, _ value: UnsafeMutableRawPointer?, _ size: Int
  ) -> zx_status_t {
    guard isFar(handle) else {
      return CZircon.zx_object_get_property(handle, property, value, size)
    }
    return peer.perform(
      .getProperty, [far(handle), word(property), 0, word(size)], [.output(2, value, size)])
  }

  package static func setProperty(
    _ handle: zx_handle_t, _ property: UInt32, _ value: UnsafeRawPointer?, _ size: Int
  ) -> zx_status_t {
    guard isFar(handle) else {
      return CZircon.zx_object_set_property(handle, property, value, size)
    }
    return peer.perform(
      .setProperty, [far(handle), word(property), 0, word(size)], [.input(2, value, size)])
  }

  // MARK: Handles

  package static func close(_ handle: zx_handle_t) -> zx_status_t {
    guard isFar(handle) else { return CZircon.zx_handle_close(handle) }
    return peer.perform(.close, [far(handle)])
  }

  package static func checkValid(_ handle: zx_handle_t) -> zx_status_t {
    guard isFar(handle) else { return CZircon.zx_handle_check_valid(handle) }
    return peer.perform(.checkValid, [far(handle)])
  }

  package static func duplicate(
    _ handle: zx_handle_t, _ rights: zx_rights_t, _ out: UnsafeMutablePointer<zx_handle_t>?
  ) -> zx_status_t {
    guard isFar(handle) else { return CZircon.zx_handle_duplicate(handle, rights, out) }
    let status = peer.perform(.duplicate, [far(handle), word(rights)], [.output(2, out, 4)])
    if status == ZX_OK { tag(out) }
    return status
  }

  package static func replace(
    _ handle: zx_handle_t, _ rights: zx_rights_t, _ out: UnsafeMutablePointer<zx_handle_t>?
  ) -> zx_status_t {
    guard isFar(handle) else { return CZircon.zx_handle_replace(handle, rights, out) }
    let status = peer.perform(.replace, [far(handle), word(rights)], [.output(2, out, 4)])
    if status == ZX_OK { tag(out) }
    return status
  }
}
