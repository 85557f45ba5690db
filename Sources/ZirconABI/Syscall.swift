import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Runs a call and answers with the status it throws, or `ZX_OK`.
@inline(__always)
func syscall(_ body: () throws(Status) -> Void) -> zx_status_t {
  do throws(Status) {
    try body()
    return ZX_OK
  } catch {
    return error.rawValue
  }
}

extension HandleValue {
  /// A handle as C names it.
  @inline(__always)
  init(_ handle: zx_handle_t) {
    self.init(rawValue: handle)
  }
}

extension Kernel {
  /// Hands a new handle to the caller; if that cannot be done, the handle is closed again.
  func give(_ handle: HandleValue, to out: UserOut) throws(Status) {
    do throws(Status) {
      try out.put(handle)
    } catch {
      try close(handle)
      throw error
    }
  }

  /// Hands a new pair to the caller, both or none.
  func give(
    _ pair: (HandleValue, HandleValue), to first: UserOut, _ second: UserOut
  ) throws(Status) {
    do throws(Status) {
      try first.put(pair.0)
      try second.put(pair.1)
    } catch {
      try close(pair.0)
      try close(pair.1)
      throw error
    }
  }
}
