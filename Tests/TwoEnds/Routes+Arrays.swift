package import CZircon
import Glibc
import TestSupport

/// Calls with several handles or buffers, which may be on both sides.
extension TwoEnds {
  /// The elements of an array argument, if all of it can be read and some handle in it is far.
  private static func copy<Element>(
    _ array: UnsafePointer<Element>?, _ count: Int, most: Int, _ handle: (Element) -> zx_handle_t
  ) -> [Element]? {
    guard mode != .here, let array, count > 0, count <= most else { return nil }
    let bytes = readOwnMemory(array, count * MemoryLayout<Element>.stride)
    guard bytes.count == count * MemoryLayout<Element>.stride else { return nil }
    let elements = bytes.withUnsafeBytes { bytes in
      (0..<count).map {
        bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.stride, as: Element.self)
      }
    }
    return elements.contains { isFar(handle($0)) } ? elements : nil
  }

  /// Stores a changed array; false if its memory cannot be written.
  private static func store<Element>(
    _ elements: [Element], to array: UnsafeMutablePointer<Element>?
  ) -> Bool {
    guard let array else { return false }
    var bytes = elements.withUnsafeBytes { Array($0) }
    return writeOwnMemory(array, &bytes) == bytes.count
  }

  package static func closeMany(
    _ handles: UnsafePointer<zx_handle_t>?, _ count: Int
  ) -> zx_status_t {
    guard let values = copy(handles, count, most: 1 << 16, { $0 }) else {
      return CZircon.zx_handle_close_many(handles, count)
    }
    let near = values.filter { !isFar($0) }
    let there = values.filter { isFar($0) }.map { untagged($0) }
    let first = CZircon.zx_handle_close_many(near, near.count)
    let second = there.withUnsafeBytes {
      peer.perform(
        .closeMany, [0, word(there.count)], [.input(0, $0.baseAddress, $0.count)])
    }
    return first == ZX_OK ? second : first
  }

  // MARK: Waits

  package static func waitMany(
    _ items: UnsafeMutablePointer<zx_wait_item_t>?, _ count: Int, _ deadline: zx_instant_mono_t
  ) -> zx_status_t {
    guard var array = copy(items.map { UnsafePointer($0) }, count, most: 64, \.handle) else {
      return CZircon.zx_object_wait_many(items, count, deadline)
    }
    let isMixed = array.contains { !isFar($0.handle) }
    Errands.begin()
    defer { Errands.endAll() }
    var status = wait(&array, until: isMixed ? 0 : deadline)
    if isMixed, status == ZX_ERR_TIMED_OUT, CZircon.zx_clock_get_monotonic() < deadline {
      status = waitOnBothSides(&array, until: deadline)
    }
    guard [ZX_OK, ZX_ERR_TIMED_OUT, ZX_ERR_CANCELED].contains(status) else { return status }
    return store(array, to: items) ? status : ZX_ERR_INVALID_ARGS
  }

  /// Waits on either side in turn.
  private static func wait(
    _ items: inout [zx_wait_item_t], until deadline: zx_instant_mono_t
  ) -> zx_status_t {
    var statuses: [zx_status_t] = []
    for side in [false, true] {
      let indices = items.indices.filter { isFar(items[$0].handle) == side }
      guard !indices.isEmpty else { continue }
      var part = indices.map { items[$0] }
      statuses.append(
        side
          ? waitThere(&part, until: deadline)
          : CZircon.zx_object_wait_many(&part, part.count, deadline))
      for (index, item) in zip(indices, part) { items[index].pending = item.pending }
    }
    let refusals = statuses.filter { ![ZX_OK, ZX_ERR_TIMED_OUT, ZX_ERR_CANCELED].contains($0) }
    if refusals.count > 1 { return firstRefusal(items) }
    if let refusal = refusals.first { return refusal }
    if statuses.contains(ZX_ERR_CANCELED) { return ZX_ERR_CANCELED }
    return statuses.contains(ZX_OK) ? ZX_OK : ZX_ERR_TIMED_OUT
  }

  /// Waits on both sides at once; who is over first ends the other's wait by an event.
  private static func waitOnBothSides(
    _ items: inout [zx_wait_item_t], until deadline: zx_instant_mono_t
  ) -> zx_status_t {
    var nearEvent = ZX_HANDLE_INVALID
    var farEvent = ZX_HANDLE_INVALID
    CZircon.zx_event_create(0, &nearEvent)
    peer.perform(.eventCreate, [0], [.output(1, &farEvent, 4)])
    tag(&farEvent)
    defer {
      CZircon.zx_handle_close(nearEvent)
      _ = close(farEvent)
    }
    let nearIndices = items.indices.filter { !isFar(items[$0].handle) }
    let farIndices = items.indices.filter { isFar(items[$0].handle) }
    let nearPart = nearIndices.map { items[$0] } + [end(nearEvent)]
    let events = (nearEvent, farEvent)
    let helper = try? TestThread {
      var part = nearPart
      let status = CZircon.zx_object_wait_many(&part, part.count, deadline)
      _ = signal(events.1, 0, ZX_EVENT_SIGNALED)
      return (status, part.map(\.pending))
    }
    guard let helper else { return ZX_ERR_INTERNAL }
    while helper.join(within: 0) == nil, !helper.waitUntilAsleep(within: 1) {}
    var part = farIndices.map { items[$0] } + [end(farEvent)]
    let farStatus = waitThere(&part, until: deadline)
    CZircon.zx_object_signal(nearEvent, 0, ZX_EVENT_SIGNALED)
    guard let (nearStatus, pending) = helper.join() else { return ZX_ERR_INTERNAL }
    for (index, bits) in zip(nearIndices, pending) { items[index].pending = bits }
    for (index, item) in zip(farIndices, part) { items[index].pending = item.pending }
    if [nearStatus, farStatus].contains(ZX_ERR_CANCELED) { return ZX_ERR_CANCELED }
    let isOver = items.contains { $0.pending & $0.waitfor != 0 }
    return isOver ? ZX_OK : ZX_ERR_TIMED_OUT
  }

  /// What ends a wait from outside.
  private static func end(_ event: zx_handle_t) -> zx_wait_item_t {
    zx_wait_item_t(handle: event, waitfor: ZX_EVENT_SIGNALED, pending: 0)
  }

  private static func waitThere(
    _ part: inout [zx_wait_item_t], until deadline: zx_instant_mono_t
  ) -> zx_status_t {
    let values = part.map(\.handle)
    for index in part.indices { part[index].handle = untagged(part[index].handle) }
    let status = part.withUnsafeMutableBytes { bytes in
      peer.perform(
        .waitMany, [0, word(bytes.count / MemoryLayout<zx_wait_item_t>.stride), word(deadline)],
        [.output(0, bytes.baseAddress, bytes.count)], mayWait: deadline > 0)
    }
    for (index, value) in values.enumerated() { part[index].handle = value }
    return status
  }

  /// Both sides refuse: what is wrong with the first item of which something is.
  private static func firstRefusal(_ items: [zx_wait_item_t]) -> zx_status_t {
    for item in items {
      let status = waitOne(item.handle, item.waitfor, 0, nil)
      if status != ZX_OK, status != ZX_ERR_TIMED_OUT { return status }
    }
    return ZX_ERR_INTERNAL
  }

  // MARK: Vectors and batches

  package static func vector(
    isRead: Bool, _ handle: zx_handle_t, _ options: UInt32, _ vector: UnsafePointer<zx_iovec_t>?,
    _ count: Int, _ actual: UnsafeMutablePointer<Int>?
  ) -> zx_status_t {
    guard isFar(handle) else {
      return isRead
        ? CZircon.zxl_socket_readv(handle, options, vector, count, actual)
        : CZircon.zxl_socket_writev(handle, options, vector, count, actual)
    }
    let stride = MemoryLayout<zx_iovec_t>.stride
    let size = (0...1024).contains(count) ? count * stride : stride
    var memory: [CallMemory] = [.input(2, vector, size), .output(4, actual, 8)]
    var pointers: [(region: Int, offset: Int, target: Int)] = []
    if let vector, (0...1024).contains(count), readOwnMemory(vector, size).count == size {
      for index in 0..<count {
        pointers.append((0, index * stride, memory.count))
        let (buffer, capacity) = (vector[index].buffer, vector[index].capacity)
        memory.append(isRead ? .output(nil, buffer, capacity) : .input(nil, buffer, capacity))
      }
    }
    return peer.perform(
      isRead ? .vectorRead : .vectorWrite, [far(handle), word(options), 0, word(count)], memory,
      pointers: pointers)
  }

  package static func batch(
    _ operations: UnsafeMutablePointer<zxl_socket_op_t>?, _ count: Int
  ) -> zx_status_t {
    guard var array = copy(operations.map { UnsafePointer($0) }, count, most: 4096, \.handle) else {
      return CZircon.zxl_socket_batch(operations, count)
    }
    guard store(array, to: operations) else { return ZX_ERR_INVALID_ARGS }
    // Neighbours on one side go together: what is on one socket keeps its order.
    var start = 0
    while start < array.count {
      let side = isFar(array[start].handle)
      let end = array[start...].firstIndex { isFar($0.handle) != side } ?? array.count
      var part = Array(array[start..<end])
      let status = side ? batchThere(&part) : CZircon.zxl_socket_batch(&part, part.count)
      guard status == ZX_OK else { return status }
      array.replaceSubrange(start..<end, with: part)
      start = end
    }
    return store(array, to: operations) ? ZX_OK : ZX_ERR_INVALID_ARGS
  }

  private static func batchThere(_ part: inout [zxl_socket_op_t]) -> zx_status_t {
    var orders = part
    let stride = MemoryLayout<zxl_socket_op_t>.stride
    let field = MemoryLayout<zxl_socket_op_t>.offset(of: \.buffer) ?? 0
    let buffers = part.map { operation -> CallMemory in
      operation.op == ZXL_SOCKET_READ
        ? .output(nil, operation.buffer, operation.size)
        : .input(nil, operation.buffer, operation.size)
    }
    for index in orders.indices { orders[index].handle = untagged(orders[index].handle) }
    let status = orders.withUnsafeMutableBytes { bytes in
      peer.perform(
        .batch, [0, word(part.count)], [.output(0, bytes.baseAddress, bytes.count)] + buffers,
        pointers: part.indices.map { (0, $0 * stride + field, $0 + 1) })
    }
    for index in part.indices {
      part[index].status = orders[index].status
      part[index].actual = orders[index].actual
    }
    return status
  }
}
