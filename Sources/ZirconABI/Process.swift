// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// What `body` gives, or no handle where there is no memory for it.
func lent(_ body: (Kernel) throws(Status) -> HandleValue) -> zx_handle_t {
  do throws(Status) {
    return try body(Kernel.current).rawValue
  } catch {
    return ZX_HANDLE_INVALID
  }
}

/// The process's own handle, lent; see `Kernel.processSelf`.
@c @implementation
public func zx_process_self() -> zx_handle_t {
  lent { (kernel) throws(Status) in try kernel.processSelf() }
}

/// The calling thread's own handle, lent; see `Kernel.threadSelf`.
@c @implementation
public func zx_thread_self() -> zx_handle_t {
  lent { (kernel) throws(Status) in try kernel.threadSelf() }
}

/// The handle of the process's job, lent; see `Kernel.jobDefault`.
@c @implementation
public func zx_job_default() -> zx_handle_t {
  lent { (kernel) throws(Status) in try kernel.jobDefault() }
}

/// The handle of the thread that pthreads and `<threads.h>` know by this name, lent.
///
/// `ZX_HANDLE_INVALID` if it has ended.
@c @implementation
public func zxl_thread_handle(_ thread: UInt) -> zx_handle_t {
  guard let thread = LinuxThread(pthread: thread) else { return ZX_HANDLE_INVALID }
  return lent { (kernel) throws(Status) in try kernel.thread(thread) }
}

/// Takes a handle that this program was started with; see `Kernel.takeStartupHandle`.
///
/// `ZX_HANDLE_INVALID` if there is none for this number, or none any more.
@c @implementation
public func zx_take_startup_handle(_ handle_info: UInt32) -> zx_handle_t {
  lent { (kernel) throws(Status) in kernel.takeStartupHandle(handle_info) ?? .invalid }
}

/// Kills a process that this one has started; see `Kernel.killTask`.
@c @implementation
public func zx_task_kill(_ handle: zx_handle_t) -> zx_status_t {
  syscall { () throws(Status) in try Kernel.current.killTask(HandleValue(handle)) }
}
