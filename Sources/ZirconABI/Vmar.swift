// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// The handle of the whole address space, lent; see `Kernel.rootRegion`.
@c @implementation
public func zx_vmar_root_self() -> zx_handle_t {
  lent { (kernel) throws(Status) in try kernel.rootRegion() }
}

/// Maps memory; see `Kernel.map`.
///
/// `ZX_ERR_INVALID_ARGS` for a bad `mapped_addr`, after which nothing is mapped.
@c @implementation
public func zx_vmar_map(
  _ handle: zx_handle_t, _ options: zx_vm_option_t, _ vmar_offset: Int, _ vmo: zx_handle_t,
  _ vmo_offset: UInt64, _ len: Int, _ mapped_addr: UnsafeMutablePointer<zx_vaddr_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let kernel = try Kernel.current
    let size = UInt64(UInt(bitPattern: len))
    let address = try kernel.map(
      HandleValue(vmo), from: vmo_offset, size: size, into: HandleValue(handle),
      at: UInt64(UInt(bitPattern: vmar_offset)), options: options)
    do throws(Status) {
      try unsafe UserOut(mapped_addr).put(number: UInt64(address))
    } catch {
      try kernel.unmap(HandleValue(handle), at: address, size: size)
      throw error
    }
  }
}

/// Unmaps a range; see `Kernel.unmap`.
@c @implementation
public func zx_vmar_unmap(
  _ handle: zx_handle_t, _ addr: zx_vaddr_t, _ len: Int
) -> zx_status_t {
  syscall { () throws(Status) in
    try Kernel.current.unmap(
      HandleValue(handle), at: addr, size: UInt64(UInt(bitPattern: len)))
  }
}

/// Changes what may be done in a range; see `Kernel.protect`.
@c @implementation
public func zx_vmar_protect(
  _ handle: zx_handle_t, _ options: zx_vm_option_t, _ addr: zx_vaddr_t, _ len: Int
) -> zx_status_t {
  syscall { () throws(Status) in
    try Kernel.current.protect(
      HandleValue(handle), at: addr, size: UInt64(UInt(bitPattern: len)), options: options)
  }
}

/// Makes a region; see `Kernel.makeRegion`.
///
/// `ZX_ERR_INVALID_ARGS` for a bad pointer, after which there is no region.
@c @implementation
public func zx_vmar_allocate(
  _ parent_vmar: zx_handle_t, _ options: zx_vm_option_t, _ offset: Int, _ size: Int,
  _ child_vmar: UnsafeMutablePointer<zx_handle_t>?, _ child_addr: UnsafeMutablePointer<zx_vaddr_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let kernel = try Kernel.current
    let (child, address) = try kernel.makeRegion(
      in: HandleValue(parent_vmar), at: UInt64(UInt(bitPattern: offset)),
      size: UInt64(UInt(bitPattern: size)), options: options)
    do throws(Status) {
      // The handle last: nobody shall see one that is closed again.
      try unsafe UserOut(child_addr).put(number: UInt64(address))
      try unsafe UserOut(child_vmar).put(child)
    } catch {
      try kernel.destroyRegion(child)
      try kernel.close(child)
      throw error
    }
  }
}

/// Destroys a region; see `Kernel.destroyRegion`.
@c @implementation
public func zx_vmar_destroy(_ handle: zx_handle_t) -> zx_status_t {
  syscall { () throws(Status) in try Kernel.current.destroyRegion(HandleValue(handle)) }
}
