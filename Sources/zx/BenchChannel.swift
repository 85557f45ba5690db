import CBench
import ZirconKernel
import ZirconLinux

/// How the two processes of a workload get a channel between them.
enum BenchChannel {
  /// Tells C, which has no call for it.
  static func prepare() {
    cbench_use_channels { descriptor in
      let channel = try? Kernel.current.adoptChannel(Descriptor.birth { Int(descriptor) })
      return channel?.rawValue ?? 0
    }
  }
}
