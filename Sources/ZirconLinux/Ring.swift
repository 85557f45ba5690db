import CLinux
import CUring
import Glibc
import Synchronization

/// Whether a thread can use io_uring, and if not, why not.
package enum RingState: UInt32, Sendable {
  /// A ring exists or can be made.
  case usable
  /// `ZIRCON_BACKEND=syscall`.
  case off
  /// Forbidden here, by seccomp or by the administrator.
  case refused
  /// The kernel has no io_uring.
  case missing
  /// The kernel's io_uring lacks what is needed.
  case tooOld
  /// No locked memory is left for this thread's ring.
  case noMemory

  /// The state that the refusal of a ring's set-up stands for.
  init(refusedWith error: Errno) {
    self =
      switch error.rawValue {
      case EPERM, EACCES: .refused
      case ENOSYS: .missing
      case EINVAL: .tooOld
      default: .noMemory
      }
  }

  /// Whether every thread of the process will meet the same refusal.
  var concernsProcess: Bool { self == .refused || self == .missing || self == .tooOld }
}

/// The calling thread's io_uring: made at its first use, gone when the thread goes.
///
/// A ring belongs to one thread, which alone submits to it and is back only when every completion is
/// there: nothing outlives the call. It holds at most `entries` operations at once, because locked
/// memory is short where many threads want one.
@safe
package struct Ring {
  static let entries = UInt32(CURING_MAX_ENTRIES)

  // Safety: owned by the thread's storage, used by that thread only, destroyed at its exit.
  let curing: OpaquePointer

  /// The calling thread's ring, or nil where it cannot have one.
  @inline(__always)
  package static var current: Ring? {
    let thread = unsafe clinux_thread_self()
    if let made = unsafe thread.pointee.ring { return unsafe Ring(curing: OpaquePointer(made)) }
    return make()
  }

  /// Finds out the way that single reads and writes of the calling thread go from here on.
  @inline(never)
  static func chooseForSingleOperations() {
    let usesRing = Backend.requested == .uring && current != nil
    unsafe clinux_thread_self().pointee.single_way = usesRing ? CLINUX_WAY_RING : CLINUX_WAY_CALL
  }

  /// Whether the calling thread has a ring or can have one; makes it to find out.
  package static var state: RingState {
    if Backend.requested == .syscall { return .off }
    if current != nil { return .usable }
    let slot = unsafe clinux_thread_self().pointee.ring_state
    return RingState(rawValue: slot == gone ? RingState.noMemory.rawValue : slot) ?? .refused
  }

  private init(curing: OpaquePointer) {
    unsafe self.curing = unsafe curing
  }

  /// In the thread's storage: its ring was torn down with the thread; late calls use none.
  private static let gone = UInt32.max

  @inline(never)
  private static func make() -> Ring? {
    let thread = unsafe clinux_thread_self()
    guard unsafe thread.pointee.ring_state == 0, Backend.requested != .syscall else { return nil }
    let known = processState.load(ordering: .relaxed)
    guard known == RingState.usable.rawValue else {
      unsafe thread.pointee.ring_state = known
      return nil
    }
    do throws(Errno) {
      let made = try unsafe create()
      unsafe thread.pointee.ring = unsafe UnsafeMutableRawPointer(made)
      return unsafe Ring(curing: made)
    } catch {
      let state = RingState(refusedWith: error)
      unsafe thread.pointee.ring_state = state.rawValue
      if state.concernsProcess { processState.store(state.rawValue, ordering: .relaxed) }
      return nil
    }
  }

  @unsafe
  private static func create() throws(Errno) -> OpaquePointer {
    _ = try Errno.check(ThreadExit.arm())
    return try unsafe ForkGate.birth { () throws(Errno) in
      var made: OpaquePointer?
      _ = try unsafe Errno.check(Int(curing_create(entries, &made)))
      guard let made = unsafe made else { throw .noMemory }
      let number = unsafe curing_fd(made)
      guard number < 0 || DescriptorSet.insert(number) else {
        unsafe curing_destroy(made)
        throw .tooManyFiles
      }
      return unsafe made
    }
  }

  /// Ends the calling thread's ring with the thread: late calls make no other.
  static func tearDownForGood() { tearDown(gone) }

  /// Ends the calling thread's ring and leaves `state` behind.
  @inline(never)
  static func tearDown(_ state: UInt32) {
    let thread = unsafe clinux_thread_self()
    let made = unsafe thread.pointee.ring
    unsafe thread.pointee.ring = nil
    unsafe thread.pointee.ring_state = state
    unsafe thread.pointee.single_way = CLINUX_WAY_UNKNOWN
    guard let made = unsafe made else { return }
    ForkGate.death {
      let number = unsafe curing_fd(OpaquePointer(made))
      if number >= 0 { DescriptorSet.remove(number) }
      unsafe curing_destroy(OpaquePointer(made))
    }
  }

  /// In a forked child: the ring stays the parent's; the next call makes one anew.
  static func forget() {
    let thread = unsafe clinux_thread_self()
    unsafe thread.pointee.ring = nil
    unsafe thread.pointee.ring_state = 0
    unsafe thread.pointee.single_way = CLINUX_WAY_UNKNOWN
  }
}

/// What the first refused set-up told about all threads of the process.
private let processState = Atomic<UInt32>(RingState.usable.rawValue)

// MARK: Several operations

extension Ring {
  /// Submits what is prepared and waits for `count` completions.
  ///
  /// - Returns: False if Linux refused, so that nothing was submitted: from here on this thread goes on
  ///   without a ring.
  func submit(_ count: Int) -> Bool {
    if unsafe curing_submit_and_wait(curing, UInt32(count)) == 0 { return true }
    Ring.tearDown(RingState.refused.rawValue)
    return false
  }

  /// One completion, counted, if there is one: its token, and bytes or minus an error number.
  func reap() -> (token: Int, answer: Int)? {
    var token: UInt64 = 0
    var result: Int32 = 0
    guard unsafe curing_reap(curing, &token, &result) else { return nil }
    unsafe clinux_thread_self().pointee.ring_operations += 1
    return (Int(token), Int(result))
  }
}
