// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Waits on a futex; see `Kernel.waitOnFutex`.
///
/// `ZX_ERR_INVALID_ARGS` for a null or misaligned `value_ptr`, before all else.
@c @implementation
public func zx_futex_wait(
  _ value_ptr: UnsafePointer<zx_futex_t>?, _ current_value: zx_futex_t,
  _ new_futex_owner: zx_handle_t, _ deadline: zx_time_t
) -> zx_status_t {
  syscall { () throws(Status) in
    let futex = try unsafe FutexAddress(value_ptr)
    try Kernel.current.waitOnFutex(
      futex, while: current_value, owner: HandleValue(new_futex_owner),
      until: Deadline(rawValue: deadline))
  }
}

/// Wakes threads that wait on a futex, which nobody owns then; see `Kernel.wakeFutex`.
///
/// `ZX_ERR_INVALID_ARGS` for a null or misaligned `value_ptr`; what lies there is not looked at.
@c @implementation
public func zx_futex_wake(
  _ value_ptr: UnsafePointer<zx_futex_t>?, _ wake_count: UInt32
) -> zx_status_t {
  syscall { () throws(Status) in
    let futex = try unsafe FutexAddress(value_ptr)
    try Kernel.current.wakeFutex(futex, count: wake_count, owner: .none)
  }
}

/// Wakes one thread that waits on a futex, which is that thread's then if others still wait.
///
/// `ZX_ERR_INVALID_ARGS` for a null or misaligned `value_ptr`; what lies there is not looked at.
@c @implementation
public func zx_futex_wake_single_owner(_ value_ptr: UnsafePointer<zx_futex_t>?) -> zx_status_t {
  syscall { () throws(Status) in
    let futex = try unsafe FutexAddress(value_ptr)
    try Kernel.current.wakeFutex(futex, count: 1, owner: .woken)
  }
}

/// Wakes threads that wait on a futex and lets more of them wait on another; see
/// `Kernel.requeueFutex`.
///
/// `ZX_ERR_INVALID_ARGS` for a null or misaligned address, before all else.
@c @implementation
public func zx_futex_requeue(
  _ value_ptr: UnsafePointer<zx_futex_t>?, _ wake_count: UInt32, _ current_value: zx_futex_t,
  _ requeue_ptr: UnsafePointer<zx_futex_t>?, _ requeue_count: UInt32,
  _ new_requeue_owner: zx_handle_t
) -> zx_status_t {
  syscall { () throws(Status) in
    let (futex, target) = try unsafe (FutexAddress(value_ptr), FutexAddress(requeue_ptr))
    try Kernel.current.requeueFutex(
      futex, wakeCount: wake_count, owner: .none, while: current_value, to: target,
      moveCount: requeue_count, targetOwner: HandleValue(new_requeue_owner))
  }
}

/// The same with one thread to wake, whose the futex is then if others still wait on it.
@c @implementation
public func zx_futex_requeue_single_owner(
  _ value_ptr: UnsafePointer<zx_futex_t>?, _ current_value: zx_futex_t,
  _ requeue_ptr: UnsafePointer<zx_futex_t>?, _ requeue_count: UInt32,
  _ new_requeue_owner: zx_handle_t
) -> zx_status_t {
  syscall { () throws(Status) in
    let (futex, target) = try unsafe (FutexAddress(value_ptr), FutexAddress(requeue_ptr))
    try Kernel.current.requeueFutex(
      futex, wakeCount: 1, owner: .woken, while: current_value, to: target,
      moveCount: requeue_count, targetOwner: HandleValue(new_requeue_owner))
  }
}

/// Tells the koid of the thread that owns a futex, `ZX_KOID_INVALID` for nobody.
///
/// `ZX_ERR_INVALID_ARGS` for a null or misaligned `value_ptr` or a bad `koid`.
@c @implementation
public func zx_futex_get_owner(
  _ value_ptr: UnsafePointer<zx_futex_t>?, _ koid: UnsafeMutablePointer<zx_koid_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let futex = try unsafe FutexAddress(value_ptr)
    let owner = try Kernel.current.ownerOfFutex(futex)
    try unsafe UserOut(koid).put(number: owner.rawValue)
  }
}
