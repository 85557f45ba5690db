import Glibc
import Synchronization
import ZirconLinux
import ZirconTypes

/// The kernel of this process: its handle table and the numbers it gives out.
///
/// Made at the first call that needs it and never destroyed: a thread may be inside a call while the
/// process exits. Reached through one pointer, which a forked child clears: there everything of the
/// parent is forgotten as it stands, neither locked nor freed, and the next call starts a fresh one.
///
/// Locking, outermost first; nobody takes two of one line except in the order given:
/// 1. the read gates of socket pairs, by koid, then end 0 before end 1
/// 2. the write gates of socket pairs, likewise
/// 3. the registry of tasks
/// 4. the address space
/// 5. the state of one piece of memory, a child's before its parent's
/// 6. what a link or an event watches, the inbox of a link, then its outbox; one link's at a time, but
///    that nobody else has yet
/// 7. the lock of one object or pair (signals, observers, dispositions)
/// 8. the lock of one port; what comes to the port first and needs an object's lock is done after it
/// 9. the queue of timers
/// 10. the reactor's list
/// 11. the handle table's free list
/// The lock of the startup handles is outside all of these; that of a place that serves at a path comes
/// between 6 and 9; that of a child's life comes before 10.
/// Handlers of waits without a thread (`SignalWait`) are called with at most 1 and 2 held. A record that
/// waits to be sent is locked before 5 while its handles depart, and after 6 once they have.
/// `ForkGate` is shared around the birth and death of descriptors; no lock is taken inside it.
@safe
package struct Kernel: Sendable {
  // Safety: points to memory that is never freed.
  private nonisolated(unsafe) let state: UnsafePointer<KernelState>

  private init(_ state: UnsafePointer<KernelState>) {
    unsafe self.state = unsafe state
  }

  /// The kernel, made if need be.
  ///
  /// - Throws: `noMemory` if there is no memory for it.
  @inline(__always)
  package static var current: Kernel {
    get throws(Status) {
      if let state = unsafe UnsafePointer<KernelState>(bitPattern: root.load(ordering: .acquiring))
      {
        return unsafe Kernel(state)
      }
      return try make()
    }
  }

  private static func make() throws(Status) -> Kernel {
    let parent = unsafe UnsafePointer<KernelState>(bitPattern: ancestor.load(ordering: .acquiring))
    let inherited = unsafe parent.map { unsafe $0.pointee.handles }
    guard let fresh = KernelState(inheriting: inherited) else { throw .noMemory }
    let made = UnsafeMutablePointer<KernelState>.allocate(capacity: 1)
    unsafe made.initialize(to: fresh)
    ForkGate.install { Kernel.forget() }
    let (first, other) = root.compareExchange(
      expected: 0, desired: UInt(bitPattern: made), ordering: .acquiringAndReleasing)
    if first { return unsafe Kernel(made) }
    unsafe made.deinitialize(count: 1)
    unsafe made.deallocate()
    return unsafe Kernel(UnsafePointer(bitPattern: other).unsafelyUnwrapped)
  }

  /// In a forked child: what was the parent's stays the parent's.
  private static func forget() {
    let old = root.exchange(0, ordering: .acquiringAndReleasing)
    if old != 0 { ancestor.store(old, ordering: .releasing) }
  }

  /// The handles of the process.
  @inline(__always)
  var handles: HandleTable { unsafe state.pointee.handles }

  /// The objects that the process was born with, and those that stand for its threads.
  var tasks: TaskRegistry { unsafe state.pointee.tasks }

  /// What is mapped where.
  var addresses: AddressSpace { unsafe state.pointee.addresses }

  /// Differs from that of every other kernel of this process and of the one it was forked from.
  @inline(__always)
  var identity: UInt { unsafe UInt(bitPattern: state) }

  /// The armed timers of the process.
  var timers: TimerQueue { unsafe state.pointee.timers }

  /// The threads that wait on futexes.
  var futexes: FutexTable { unsafe state.pointee.futexes }

  /// What whoever started this program has given it.
  var startup: StartupHandles { unsafe state.pointee.startup }

  /// The thread for what other processes do.
  var reactor: Reactor { unsafe state.pointee.reactor }

  /// A koid that no object has had, in this process or, but for chance, in another.
  func nextKoid() -> Koid { unsafe state.pointee.nextKoid() }
}

/// Address of this process's `KernelState`; 0 until the first use.
private let root = Atomic<UInt>(0)
/// Address of the state that the parent had when this process was forked from it.
private let ancestor = Atomic<UInt>(0)

private struct KernelState: ~Copyable {
  let handles: HandleTable
  let tasks = TaskRegistry()
  let timers = TimerQueue()
  let futexes = FutexTable()
  let reactor = Reactor()
  let startup = StartupHandles()
  let addresses = AddressSpace()
  private let koidPrefix = UInt64.random(in: 0...(1 << 31 - 1)) << 32
  private let koidCount = Atomic<UInt64>(Koid.first.rawValue)

  init?(inheriting ancestor: HandleTable?) {
    guard let handles = HandleTable(inheriting: ancestor) else { return nil }
    self.handles = handles
  }

  /// Runs only for a state that lost the race to be the first; no call has seen it.
  deinit {
    unsafe handles.destroy()
    unsafe futexes.destroy()
  }

  func nextKoid() -> Koid {
    let count = koidCount.add(1, ordering: .relaxed).oldValue
    return Koid(rawValue: (koidPrefix + count) & UInt64(Int64.max))
  }
}
