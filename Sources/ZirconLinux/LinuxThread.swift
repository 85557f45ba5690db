import CLinux
import Glibc

/// A thread of this process, by the number that Linux gave it.
package struct LinuxThread: Hashable, Sendable {
  package let number: Int

  /// Names the thread with this number.
  package init(number: Int) {
    self.number = number
  }

  /// The calling thread.
  package static var current: LinuxThread { LinuxThread(number: clinux_thread_number()) }

  /// The main thread, whose number is that of the process.
  package static var main: LinuxThread { LinuxThread(number: Int(getpid())) }

  /// The thread that pthreads knows by the name `pthread`; nil once it has ended.
  ///
  /// The name must be that of a thread that is not joined yet.
  package init?(pthread: UInt) {
    let number = clinux_thread_number_of(pthread)
    guard number > 0 else { return nil }
    self.number = number
  }

  /// Whether the process has a thread with this number.
  package var isAlive: Bool { clinux_thread_is_alive(number) }

  /// The thread's name in Linux, at most 15 bytes.
  package func name() -> [UInt8] {
    ForkGate.birth {
      unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16) { name in
        let count = unsafe clinux_thread_name(
          number, name.baseAddress.unsafelyUnwrapped, name.count)
        return unsafe name.prefix(count).map { UInt8(bitPattern: $0) }
      }
    }
  }

  /// Gives the thread a name in Linux, which keeps 15 bytes of it.
  package func setName(_ name: [UInt8]) {
    ForkGate.birth {
      unsafe name.withUnsafeBytes { bytes in
        unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
          guard let base = characters.baseAddress else { return }
          unsafe clinux_thread_set_name(number, base, characters.count)
        }
      }
    }
  }

  /// The processors that the thread may run on, one bit each.
  package func affinity() -> InlineArray<8, UInt64> {
    var mask = InlineArray<8, UInt64>(repeating: 0)
    unsafe withUnsafeMutablePointer(to: &mask) { mask in
      unsafe mask.withMemoryRebound(to: UInt64.self, capacity: 8) { words in
        unsafe clinux_thread_affinity(number, words, 8)
      }
    }
    return mask
  }
}

// MARK: What it does

/// What Linux says of a thread.
package struct ThreadFacts: Sendable {
  /// Clock ticks from boot to the thread's birth, by which two threads with one number can be told
  /// apart; 0 if Linux does not say.
  package let start: UInt64
  /// What it does at the moment.
  package let activity: ThreadActivity

  /// Nanoseconds from boot to the thread's birth.
  package var startTime: Int64 {
    let ticksPerSecond = Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
    return Int64(start) / ticksPerSecond * 1_000_000_000
      + Int64(start) % ticksPerSecond * 1_000_000_000 / ticksPerSecond
  }
}

/// What a thread does at the moment.
package enum ThreadActivity: Sendable, Equatable {
  /// It runs or could run, as far as Linux says.
  case running
  /// It sleeps for a time.
  case sleeping
  /// It sleeps on the word at this address.
  case waiting(address: UInt)
  /// It sleeps in another call of Linux.
  case blocked
  /// A signal or a debugger has stopped it.
  case stopped
  /// It has ended.
  case ended
}

extension LinuxThread {
  /// What Linux says of the thread; takes a descriptor for a moment, and says less without.
  package func facts() -> ThreadFacts {
    var facts = clinux_thread_facts()
    ForkGate.birth { unsafe clinux_thread_look(number, &facts) }
    return ThreadFacts(start: facts.start, activity: facts.activity)
  }
}

extension clinux_thread_facts {
  fileprivate var activity: ThreadActivity {
    switch UInt8(bitPattern: state) {
    case UInt8(ascii: "T"), UInt8(ascii: "t"): return .stopped
    case UInt8(ascii: "Z"), UInt8(ascii: "X"): return .ended
    default: break
    }
    switch call {
    case -1: return .running
    case Int64(SYS_futex): return .waiting(address: UInt(argument.0))
    case Int64(SYS_clock_nanosleep), Int64(SYS_nanosleep): return .sleeping
    case 0...: return .blocked
    default:
      return state == 0 || UInt8(bitPattern: state) == UInt8(ascii: "R") ? .running : .blocked
    }
  }
}

// MARK: The calling thread's own handle

/// The handle by which the calling thread names itself, kept with the thread.
package enum OwnThread {
  /// The handle, if it was made in the kernel that `kernel` names.
  @inline(__always)
  package static func handle(in kernel: UInt) -> UInt32? {
    let own = unsafe clinux_self_get().pointee
    return own.kernel == kernel ? own.handle : nil
  }

  /// The koid of the object that stands for the thread, likewise.
  package static func koid(in kernel: UInt) -> UInt64? {
    let own = unsafe clinux_self_get().pointee
    return own.kernel == kernel ? own.koid : nil
  }

  /// Keeps the handle, and the koid of its object.
  ///
  /// - Returns: Whether `atExit` will run when the thread ends.
  package static func keep(
    _ handle: UInt32, _ koid: UInt64, in kernel: UInt, atExit: @escaping @convention(c) () -> Void
  ) -> Bool {
    unsafe clinux_self_get().pointee.kernel = kernel
    unsafe clinux_self_get().pointee.handle = handle
    unsafe clinux_self_get().pointee.koid = koid
    return clinux_at_self_exit(atExit) == 0
  }
}
