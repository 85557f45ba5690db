import TwoEnds
import ZirconKernel
import ZirconLinux

/// Where the bytes of one receive buffer wait.
struct QueueShape {
  var kernelCount: Int
  var ringCount: Int
  var isWrapped: Bool

  /// The shape behind a live socket handle.
  init?(of handle: UInt32) {
    guard !TwoEnds.isFar(handle) else {
      guard let words = TwoEnds.queueShape(of: handle) else { return nil }
      (kernelCount, ringCount, isWrapped) = (words[0], words[1], words[2] != 0)
      return
    }
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
  set {
    SendBuffer.request = newValue
    if TwoEnds.mode != .here {
      TwoEnds.peer.perform(.setBufferRequest, [UInt64(newValue)])
    }
  }
}
