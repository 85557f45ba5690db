import Synchronization
import ZirconLinux
import ZirconTypes

/// The signals of an event that several processes hold, and what wakes them.
///
/// In shared memory stand the word, and for each of its nine bits how often it has risen: whoever looks
/// late learns of a bit that has risen and fallen. Whoever changes them may be killed in between: then a
/// bit that has risen shows, and only who waited for it is not woken. Any holder may write anything there;
/// of a bit that is not settable nothing is believed.
@safe
final class SharedEvent: @unchecked Sendable {
  // Safety: mapped as long as this lives; only atomics are reached through it.
  private let memory: SharedMemory
  /// Watched by every holder, by edges.
  private let ear: Bell
  /// Rings at all of them.
  private let bell: Bell

  private static var byteCount: Int { 4096 }
  private static var bitCount: Int { 9 }
  static var descriptorCount: Int { 3 }

  /// How often each bit had risen when it was last looked at.
  typealias Rises = InlineArray<9, UInt32>

  private init(_ memory: consuming SharedMemory, _ ear: consuming Bell, _ bell: consuming Bell) {
    self.memory = memory
    self.ear = ear
    self.bell = bell
  }

  /// No signals, in shared memory.
  ///
  /// - Throws: `noMemory`.
  static func make() throws(Status) -> SharedEvent {
    try linux { () throws(Errno) in
      try Bell.withPair(taking: try SharedMemory.make(byteCount: byteCount)) { memory, ear, bell in
        SharedEvent(memory, ear, bell)
      }
    }
  }

  /// Takes what another holder has sent.
  ///
  /// - Throws: `internal` if it is no such event; `noMemory`.
  static func arrive(_ descriptors: consuming ReceivedDescriptors) throws(Status) -> SharedEvent {
    var descriptors = descriptors
    guard descriptors.count == descriptorCount, let memory = descriptors.takeFirst(),
      let ear = descriptors.takeFirst(), let bell = descriptors.takeFirst()
    else { throw .internal }
    do throws(Errno) {
      return SharedEvent(
        try SharedMemory.map(memory, byteCount: byteCount), Bell(ear), Bell(bell))
    } catch {
      throw error == .noMemory ? .noMemory : .internal
    }
  }

  /// What another process needs to hold it too.
  var lent: LentDescriptors {
    var list = LentDescriptors()
    list.append(memory.descriptor, of: self)
    list.append(ear.descriptor, of: self)
    list.append(bell.descriptor, of: self)
    return list
  }

  /// A 32-bit word, 64 bytes from the next.
  private func atomic(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    // Safety: `bitCount` and one more of them lie in the memory.
    unsafe (memory.base + index * 64).assumingMemoryBound(to: Atomic<UInt32>.self)
  }

  private static var settable: UInt32 { Signals.allUser.union(.signaled).rawValue }

  /// The bit whose rises the count with this index tells.
  private static func bit(_ index: Int) -> UInt32 {
    index == 0 ? Signals.signaled.rawValue : 1 << UInt32(23 + index)
  }
}

// MARK: Signals

extension SharedEvent {
  /// The signals of this moment.
  var signals: Signals {
    Signals(rawValue: unsafe atomic(0).pointee.load(ordering: .acquiring) & Self.settable)
  }

  /// Changes them, and rings if a bit rose.
  func update(clear: Signals, set: Signals) {
    var old = unsafe atomic(0).pointee.load(ordering: .relaxed)
    while true {
      let new = (old & ~clear.rawValue | set.rawValue) & Self.settable
      let (done, now) = unsafe atomic(0).pointee.weakCompareExchange(
        expected: old, desired: new, successOrdering: .acquiringAndReleasing,
        failureOrdering: .relaxed)
      if done {
        let risen = new & ~old
        if risen != 0 { tell(risen) }
        return
      }
      old = now
    }
  }

  private func tell(_ risen: UInt32) {
    for index in 0..<Self.bitCount where risen & Self.bit(index) != 0 {
      unsafe atomic(1 + index).pointee.wrappingAdd(1, ordering: .releasing)
    }
    // Without room nobody would be told: what was rung before has been seen by then.
    if !bell.ring() {
      ear.empty()
      _ = bell.ring()
    }
  }

  /// How often each bit has risen by now.
  var rises: Rises {
    var rises = Rises(repeating: 0)
    for index in 0..<Self.bitCount {
      rises[index] = unsafe atomic(1 + index).pointee.load(ordering: .acquiring)
    }
    return rises
  }

  /// The bits that have risen between two looks.
  static func risen(_ old: Rises, _ new: Rises) -> Signals {
    var risen: UInt32 = 0
    for index in 0..<bitCount where old[index] != new[index] { risen |= bit(index) }
    return Signals(rawValue: risen)
  }

  /// Tells `target` when somebody has rung.
  ///
  /// - Throws: as `Reactor.watch`.
  func watch(_ target: any ReactorTarget, in reactor: Reactor) throws(Errno) -> Reactor.Watch {
    try reactor.watch(ear.descriptor, for: [.readable, .edge], target)
  }

  /// Ends that.
  func forget(_ watch: Reactor.Watch, in reactor: Reactor) {
    reactor.forget(watch, of: ear.descriptor)
  }
}
