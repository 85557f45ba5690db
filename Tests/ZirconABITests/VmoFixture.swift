import CZircon
import Testing

/// Bytes of a page.
let page = 4096

extension OwnedHandle {
  static func vmo(_ size: UInt64, _ options: UInt32 = 0) throws -> OwnedHandle {
    var handle = ZX_HANDLE_INVALID
    try #require(zx_vmo_create(size, options, &handle) == ZX_OK)
    return OwnedHandle(owning: handle)
  }
}

/// The bytes of a range, or the status that reading them answers.
func vmoRead(_ handle: zx_handle_t, _ offset: UInt64, _ count: Int) -> (zx_status_t, [UInt8]) {
  var bytes = [UInt8](repeating: 0xCC, count: count)
  let status = zx_vmo_read(handle, &bytes, offset, count)
  return (status, bytes)
}

func vmoBytes(_ handle: zx_handle_t, _ offset: UInt64, _ count: Int) throws -> [UInt8] {
  let (status, bytes) = vmoRead(handle, offset, count)
  try #require(status == ZX_OK)
  return bytes
}

func vmoWrite(_ handle: zx_handle_t, _ offset: UInt64, _ bytes: [UInt8]) -> zx_status_t {
  zx_vmo_write(handle, bytes, offset, bytes.count)
}

func vmoSize(_ handle: zx_handle_t) -> UInt64? {
  var size = UInt64.max
  return zx_vmo_get_size(handle, &size) == ZX_OK ? size : nil
}

func streamSize(_ handle: zx_handle_t) -> UInt64? {
  var size = UInt64.max
  return zx_vmo_get_stream_size(handle, &size) == ZX_OK ? size : nil
}

func contentSize(_ handle: zx_handle_t) -> UInt64? {
  var size = UInt64.max
  let status = zx_object_get_property(handle, ZX_PROP_VMO_CONTENT_SIZE, &size, 8)
  return status == ZX_OK ? size : nil
}

func vmoInfo(of handle: zx_handle_t) throws -> zx_info_vmo_t {
  var info = zx_info_vmo_t()
  try #require(zx_object_get_info(handle, ZX_INFO_VMO, &info, 176, nil, nil) == ZX_OK)
  return info
}

/// Memory mapped into the whole address space; unmapped on deinit.
struct Mapped: ~Copyable {
  let address: UInt
  let size: Int

  init(
    _ vmo: zx_handle_t, _ size: Int,
    _ options: zx_vm_option_t = ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, from offset: UInt64 = 0
  ) throws {
    var address: zx_vaddr_t = 0
    try #require(
      zx_vmar_map(zx_vmar_root_self(), options, 0, vmo, offset, size, &address) == ZX_OK)
    self.address = address
    self.size = size
  }

  deinit {
    #expect(zx_vmar_unmap(zx_vmar_root_self(), address, size) == ZX_OK)
  }
}

let canMap = ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_WRITE | ZX_VM_CAN_MAP_SPECIFIC

/// Owns a region; destroyed and closed on deinit.
///
/// What is cut out of a mapping in it stays free, whatever other tests map meanwhile.
struct Region: ~Copyable {
  let handle: zx_handle_t
  let address: UInt

  init(
    _ size: Int, _ options: zx_vm_option_t = canMap, in parent: zx_handle_t = zx_vmar_root_self()
  ) throws {
    var handle = ZX_HANDLE_INVALID
    var address: zx_vaddr_t = 0
    try #require(zx_vmar_allocate(parent, options, 0, size, &handle, &address) == ZX_OK)
    self.handle = handle
    self.address = address
  }

  /// Maps memory at a chosen place.
  func map(
    _ vmo: zx_handle_t, at offset: Int, _ size: Int,
    _ options: zx_vm_option_t = readWrite | ZX_VM_SPECIFIC
  ) -> zx_status_t {
    var address: zx_vaddr_t = 0
    let status = zx_vmar_map(handle, options, offset, vmo, 0, size, &address)
    if status == ZX_OK && options & ZX_VM_SPECIFIC != 0 {
      #expect(address == self.address + UInt(offset))
    }
    return status
  }

  deinit {
    let status = zx_vmar_destroy(handle)
    #expect(status == ZX_OK || status == ZX_ERR_BAD_STATE)
    #expect(zx_handle_close(handle) == ZX_OK)
  }
}

func pointer(_ address: UInt) throws -> UnsafeMutablePointer<UInt8> {
  try #require(UnsafeMutablePointer<UInt8>(bitPattern: address))
}

/// Whether the host's kernel can read and write a byte there: what a call sees of it.
func access(_ address: UInt) throws -> (isReadable: Bool, isWritable: Bool) {
  let pair = try SocketPair(.stream)
  let place = UnsafeMutableRawPointer(bitPattern: address)
  let isReadable = zx_socket_write(pair.writer, 0, place, 1, nil) == ZX_OK
  if !isReadable { try #require(socketWrite(pair.writer, [0]).status == ZX_OK) }
  return (isReadable, zx_socket_read(pair.reader, 0, place, 1, nil) == ZX_OK)
}

let readWrite = ZX_VM_PERM_READ | ZX_VM_PERM_WRITE
