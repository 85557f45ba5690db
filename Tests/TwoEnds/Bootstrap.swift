package import CZircon
import ZirconKernel
import ZirconLinux

/// A handle to the channel whose other end is behind the socket `descriptor`, which is taken over.
package func adoptBootstrap(_ descriptor: Int32) -> zx_handle_t {
  do {
    let adopted = try Descriptor.birth { Int(descriptor) }
    return try Kernel.current.adoptChannel(adopted).rawValue
  } catch {
    fatalError("no channel between the processes: \(error)")
  }
}
