import ZirconKernel
import ZirconLinux

/// Where the bytes of one receive buffer wait.
struct QueueShape {
  var kernelCount: Int
  var ringCount: Int
  var isWrapped: Bool

  /// The shape behind a live socket handle.
  init?(of handle: UInt32) {
    guard
      let shape = try? Kernel.current.socketQueueShape(of: HandleValue(rawValue: handle))
    else { return nil }
    kernelCount = shape.kernelBytes
    ringCount = shape.ringBytes
    isWrapped = shape.ringIsWrapped
  }
}

/// What new pairs ask Linux for as their send buffer, in bytes.
var socketBufferRequest: Int {
  get { SendBuffer.request }
  set { SendBuffer.request = newValue }
}
