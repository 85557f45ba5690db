import CLinux

/// Memory of the calling thread for the length of one call, kept from call to call.
///
/// Made and dropped by the same thread. A call inside the call, or one after the thread's storage has
/// been torn down, gets memory of its own.
@safe
package struct ThreadScratch: ~Copyable {
  // Safety: owned by this, and by the thread's storage in between.
  private let base: UnsafeMutableRawPointer
  private var used = 0

  /// Bytes of all that one call may take.
  private static var byteCount: Int { 24 << 10 }
  private static var alignment: Int { 64 }

  package init() {
    let thread = unsafe clinux_thread_self()
    if let kept = unsafe thread.pointee.scratch {
      unsafe thread.pointee.scratch = nil
      unsafe base = unsafe kept
    } else {
      ThreadExit.arm()
      unsafe base = .allocate(byteCount: Self.byteCount, alignment: Self.alignment)
    }
  }

  deinit {
    let thread = unsafe clinux_thread_self()
    if unsafe thread.pointee.scratch == nil {
      unsafe thread.pointee.scratch = unsafe base
    } else {
      unsafe base.deallocate()
    }
  }

  /// Room for `capacity` values, not initialised, until this is dropped.
  @unsafe
  package mutating func take<Value: ~Copyable>(
    _ type: Value.Type, _ capacity: Int
  ) -> UnsafeMutablePointer<Value> {
    let room = unsafe base + used
    used += (capacity * MemoryLayout<Value>.stride + Self.alignment - 1) & -Self.alignment
    precondition(used <= Self.byteCount, "a call takes more scratch than it has")
    return unsafe room.bindMemory(to: type, capacity: capacity)
  }

  /// Frees what the calling thread has kept.
  static func tearDown() {
    let thread = unsafe clinux_thread_self()
    unsafe thread.pointee.scratch?.deallocate()
    unsafe thread.pointee.scratch = nil
  }
}

/// The end of a thread that has anything in its storage.
enum ThreadExit {
  /// Sees to it that the calling thread's storage is torn down with it.
  ///
  /// - Returns: 0, or minus an error number.
  @discardableResult
  static func arm() -> Int {
    unsafe clinux_at_thread_exit { _ in
      Ring.tearDownForGood()
      ThreadScratch.tearDown()
    }
  }
}
