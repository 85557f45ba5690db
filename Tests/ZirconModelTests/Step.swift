/// The calls whose statuses are counted.
enum Call: String, CaseIterable, Comparable {
  case socketCreate = "zx_socket_create"
  case socketWrite = "zx_socket_write"
  case socketRead = "zx_socket_read"
  case socketPeek = "zx_socket_read (peek)"
  case socketSetDisposition = "zx_socket_set_disposition"
  case socketShutdown = "zx_socket_shutdown"
  case vectorWrite = "zxl_socket_writev"
  case vectorRead = "zxl_socket_readv"
  case batch = "zxl_socket_batch"
  case batchWrite = "zxl_socket_batch, write"
  case batchRead = "zxl_socket_batch, read"
  case objectGetProperty = "zx_object_get_property"
  case objectSetProperty = "zx_object_set_property"
  case objectGetInfo = "zx_object_get_info"
  case objectSignal = "zx_object_signal"
  case objectSignalPeer = "zx_object_signal_peer"
  case objectWaitOne = "zx_object_wait_one"
  case objectWaitMany = "zx_object_wait_many"
  case handleClose = "zx_handle_close"
  case handleCloseMany = "zx_handle_close_many"
  case handleDuplicate = "zx_handle_duplicate"
  case handleReplace = "zx_handle_replace"
  case handleCheckValid = "zx_handle_check_valid"
  case eventCreate = "zx_event_create"
  case eventPairCreate = "zx_eventpair_create"
  case portCreate = "zx_port_create"
  case portQueue = "zx_port_queue"
  case portWait = "zx_port_wait"
  case portCancel = "zx_port_cancel"
  case portCancelKey = "zx_port_cancel_key"
  case objectWaitAsync = "zx_object_wait_async"
  case channelCreate = "zx_channel_create"
  case channelWrite = "zx_channel_write"
  case channelWriteEtc = "zx_channel_write_etc"
  case channelRead = "zx_channel_read"
  case channelReadEtc = "zx_channel_read_etc"

  static func < (left: Call, right: Call) -> Bool { left.rawValue < right.rawValue }
}

/// One write or read through one handle, of one buffer or of several.
struct TransferStep {
  var isRead: Bool
  var handle: UInt32
  var options: UInt32
  var segments: [Segment]
  var actual = OutPlace.stack

  var byteCount: UInt { segments.reduce(0) { $0 &+ $1.byteCount } }
  var isPeek: Bool { isRead && options & SocketConstant.peek != 0 }
}

/// What is wrong with the array argument of a call, if anything.
enum ArrayFault: Hashable {
  case none
  /// The array lies where it cannot be read.
  case unreadable(Place)
  /// It can be read but not written.
  case readOnly
  /// More elements than the call takes.
  case tooMany
}

/// Which moment a wait's deadline is.
enum DeadlineChoice: CaseIterable {
  case zero, past, infinitePast
  /// Well ahead: only for a wait that is satisfied already.
  case ahead
}

/// One call on a port.
enum PortStep {
  case create(options: UInt32, out: OutPlace, isKept: Bool)
  /// `place` is a bad address for the packet; nothing stands for a good one.
  case queue(handle: UInt32, key: UInt64, type: UInt32, status: Int32, seed: UInt64, Place?)
  /// The same packet until the port is full, and some more.
  case flood(handle: UInt32, key: UInt64)
  case wait(handle: UInt32, DeadlineChoice, Place)
  /// One wait for each of `keys`.
  case waitAsync(handle: UInt32, port: UInt32, keys: [UInt64], mask: UInt32, options: UInt32)
  case cancel(handle: UInt32, source: UInt32, key: UInt64)
  case cancelKey(handle: UInt32, options: UInt32, key: UInt64)

  /// The handle value that the step is about.
  var handle: UInt32? {
    switch self {
    case .create: nil
    case .queue(let handle, _, _, _, _, _), .flood(let handle, _), .wait(let handle, _, _),
      .waitAsync(let handle, _, _, _, _), .cancel(let handle, _, _),
      .cancelKey(let handle, _, _):
      handle
    }
  }
}

/// One write of a message.
struct ChannelWriteStep {
  /// What is wrong with an array of `zx_channel_iovec_t`.
  enum VectorFault: Hashable {
    case none
    case unreadable(Place)
    case reserved
    case tooMany
  }

  var isEtc: Bool
  var handle: UInt32
  var options: UInt32 = 0
  /// One stretch, or those of the array.
  var segments: [Segment]
  var vectorFault = VectorFault.none
  var entries: [Disposition] = []
  var arrayFault = ArrayFault.none

  var isVector: Bool { options & ChannelConstant.useVector != 0 }
}

/// One read of a message.
struct ChannelReadStep {
  var isEtc: Bool
  var handle: UInt32
  var options: UInt32 = 0
  var bytes: Place
  var byteCount: UInt32
  var handles: Place
  var handleCount: UInt32
  var actualBytes = OutPlace.stack
  var actualHandles = OutPlace.heap
}

/// One call of a random program, with every argument decided.
enum Step {
  case createSocket(options: UInt32, first: OutPlace, second: OutPlace, isKept: Bool)
  case createEvent(options: UInt32, out: OutPlace, isKept: Bool)
  case transfer(TransferStep)
  /// The same small write over and over.
  case burst(TransferStep, repetitions: Int)
  case vector(TransferStep, ArrayFault)
  case batch([TransferStep], ArrayFault)
  case setDisposition(handle: UInt32, own: UInt32, peer: UInt32)
  case shutdown(handle: UInt32, options: UInt32)
  case setProperty(handle: UInt32, property: UInt32, number: UInt, Place?, byteCount: Int)
  case getProperty(handle: UInt32, property: UInt32, OutPlace, byteCount: Int)
  case getInfo(
    handle: UInt32, topic: UInt32, Place, byteCount: Int, actual: OutPlace, available: OutPlace)
  case signal(handle: UInt32, clear: UInt32, set: UInt32)
  case signalPeer(handle: UInt32, clear: UInt32, set: UInt32)
  case waitOne(handle: UInt32, mask: UInt32, DeadlineChoice, observed: OutPlace)
  case waitMany([WaitItem], DeadlineChoice, ArrayFault)
  case close(handle: UInt32)
  case closeMany([UInt32], ArrayFault)
  case duplicate(handle: UInt32, rights: UInt32, out: OutPlace)
  case replace(handle: UInt32, rights: UInt32, out: OutPlace)
  case checkValid(handle: UInt32)
  case createEventPair(options: UInt32, first: OutPlace, second: OutPlace, isKept: Bool)
  case createChannel(options: UInt32, first: OutPlace, second: OutPlace, isKept: Bool)
  case port(PortStep)
  case writeChannel(ChannelWriteStep)
  case readChannel(ChannelReadStep)

  /// One element of `zx_object_wait_many`.
  struct WaitItem {
    var handle: UInt32
    var mask: UInt32
  }

  /// The handle value that the step is about, if it is about one.
  var handle: UInt32? {
    switch self {
    case .createSocket, .createEvent, .createEventPair, .createChannel, .batch, .waitMany,
      .closeMany:
      nil
    case .port(let step): step.handle
    case .writeChannel(let step): step.handle
    case .readChannel(let step): step.handle
    case .transfer(let step), .burst(let step, _), .vector(let step, _): step.handle
    case .setDisposition(let handle, _, _), .shutdown(let handle, _),
      .setProperty(let handle, _, _, _, _), .getProperty(let handle, _, _, _),
      .getInfo(let handle, _, _, _, _, _), .signal(let handle, _, _),
      .signalPeer(let handle, _, _), .waitOne(let handle, _, _, _), .close(let handle),
      .duplicate(let handle, _, _), .replace(let handle, _, _), .checkValid(let handle):
      handle
    }
  }
}
