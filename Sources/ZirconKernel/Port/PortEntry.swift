import ZirconLinux
import ZirconTypes

/// One packet on its way through a port.
///
/// A user's, or that of an asynchronous wait, from the registration on: so a match needs no memory, the
/// entry only changes lists.
///
/// Who owns an entry, and who may touch it:
/// - *Waiting*: in the port's list of waits, and its observer in the object's list. Leaves both under
///   the object's lock and then the port's: by a match (to the queue), by the close of its handle or by
///   `zx_port_cancel` (to be freed).
/// - *Queued*: in the port's queue, under the port's lock; the object plays no part any more.
/// - *Taken*: in no list; the thread that took it reads and frees it.
/// - *Canceled from the port's side*, by `zx_port_cancel_key` or the port's end, which come to the port
///   first and must not take the object's lock inside the port's: under the port's lock it is marked and
///   leaves the list of waits; from then on it counts as gone, and a match or a close of the handle
///   passes it by. The canceling thread owns it, keeps the object, and later takes the object's lock
///   to unlink the observer if it still hangs there. Only then is nobody inside who has seen it.
///
/// An entry keeps neither its port nor its object. The object lives while the entry waits (see
/// `StateObserver`). The port lives while the observer hangs in a list: whoever cancels from the port's
/// side, the last close included, pins the port until every wait it canceled is unlinked; and a port
/// that is closed takes no new ones.
@safe
struct PortEntry {
  /// What hangs in the object's list, of no use in a user's packet; first for `observer(of:)`.
  private var observer: StateObserver
  // Safety: the links are touched only by the owner of the list that the entry is in.
  fileprivate var next: UnsafeMutablePointer<PortEntry>?
  fileprivate var previous: UnsafeMutablePointer<PortEntry>?
  var packet: PortPacket
  /// Whether it was canceled from the port's side; guarded by the port's lock.
  var isCanceled = false
  /// Of a wait only, like all that follows.
  let mode: AsyncWaitMode
  // Safety: the type says for how long both live.
  let object: Unmanaged<Dispatcher>?
  let port: Unmanaged<PortDispatcher>?
  /// Names the object when it may be gone.
  let koid: Koid

  /// Makes the entry of a user's packet.
  ///
  /// - Throws: `noMemory`.
  static func make(_ packet: PortPacket) throws(Status) -> UnsafeMutablePointer<PortEntry> {
    let entry = try unsafe allocate()
    let observer = unsafe StateObserver(handle: .invalid, mask: .none, port: PortWait(entry))
    unsafe entry.initialize(
      to: PortEntry(
        observer: observer, next: nil, previous: nil, packet: packet, mode: .level, object: nil,
        port: nil, koid: .invalid))
    return unsafe entry
  }

  /// Makes the entry of a wait for `signals` of `object` through `handle`.
  ///
  /// - Throws: `noMemory`.
  static func make(
    _ object: Dispatcher, through handle: HandleValue, on port: PortDispatcher, key: UInt64,
    signals: Signals, mode: AsyncWaitMode
  ) throws(Status) -> UnsafeMutablePointer<PortEntry> {
    let entry = try unsafe allocate()
    let observer = unsafe StateObserver(handle: handle, mask: signals, port: PortWait(entry))
    unsafe entry.initialize(
      to: PortEntry(
        observer: observer, next: nil, previous: nil,
        packet: PortPacket(key: key, trigger: signals), mode: mode, object: .passUnretained(object),
        port: .passUnretained(port), koid: object.koid))
    return unsafe entry
  }

  private static func allocate() throws(Status) -> UnsafeMutablePointer<PortEntry> {
    guard let memory = unsafe Heap.allocate(byteCount: MemoryLayout<PortEntry>.size) else {
      throw .noMemory
    }
    return unsafe memory.bindMemory(to: PortEntry.self, capacity: 1)
  }

  /// The address of an entry's observer, without an access to the entry: to Swift, and to
  /// ThreadSanitizer, passing on a part counts as a change of the whole, half of which is the port's.
  static func observer(
    of entry: UnsafeMutablePointer<PortEntry>
  ) -> UnsafeMutablePointer<StateObserver> {
    assert(MemoryLayout<PortEntry>.offset(of: \.observer) == 0)
    // Safety: a structure begins where its first property does.
    return unsafe UnsafeMutableRawPointer(entry).assumingMemoryBound(to: StateObserver.self)
  }

  /// Whether the wait is for a bit of `signals`.
  func matches(_ signals: Signals) -> Bool { observer.matches(signals) }

  /// Frees an entry that is in no list.
  @unsafe
  static func free(_ entry: UnsafeMutablePointer<PortEntry>) {
    // Nothing in it needs to be told: it keeps neither its port nor its object.
    unsafe Heap.deallocate(entry)
  }

  /// Whether it is the packet of a wait through `handle` on the object named `koid`.
  func comes(from handle: HandleValue, _ koid: Koid) -> Bool {
    !packet.isUser && observer.handle == handle && self.koid == koid
  }
}

/// The entry of a wait, as the object's observers see it; used under the object's lock.
@safe
struct PortWait {
  // Safety: see `PortEntry`: an entry whose observer hangs in a list is there.
  private let entry: UnsafeMutablePointer<PortEntry>

  @unsafe
  init(_ entry: UnsafeMutablePointer<PortEntry>) {
    unsafe self.entry = unsafe entry
  }

  /// Queues its packet on its port, with what was seen.
  func deliver(_ signals: Signals, _ wakes: inout WakeList) {
    unsafe entry.pointee.port?._withUnsafeGuaranteedRef { port in
      unsafe port.deliver(entry, signals, &wakes)
    }
  }

  /// Takes it off its port; false if the port's side has canceled it before.
  func withdraw(_ wakes: inout WakeList) -> Bool {
    unsafe entry.pointee.port?._withUnsafeGuaranteedRef { port in
      unsafe port.withdraw(entry, &wakes)
    } ?? false
  }

  /// Whether it is a wait on `port` with `key`.
  func isOn(_ port: PortDispatcher, key: UInt64) -> Bool {
    unsafe entry.pointee.packet.key == key
      && entry.pointee.port?.toOpaque()
        == Unmanaged.passUnretained(port).toOpaque()
  }
}

/// Entries in a row, oldest first; an entry is in one list at most.
@safe
struct EntryList: ~Copyable {
  private(set) var first: UnsafeMutablePointer<PortEntry>?
  private var last: UnsafeMutablePointer<PortEntry>?

  init() {
    unsafe first = nil
    unsafe last = nil
  }

  var isEmpty: Bool { unsafe first == nil }

  @unsafe
  mutating func append(_ entry: UnsafeMutablePointer<PortEntry>) {
    unsafe entry.pointee.next = nil
    unsafe entry.pointee.previous = unsafe last
    if let last = unsafe last {
      unsafe last.pointee.next = unsafe entry
    } else {
      unsafe first = unsafe entry
    }
    unsafe last = unsafe entry
  }

  @unsafe
  mutating func remove(_ entry: UnsafeMutablePointer<PortEntry>) {
    let next = unsafe entry.pointee.next
    let previous = unsafe entry.pointee.previous
    if let next = unsafe next {
      unsafe next.pointee.previous = unsafe previous
    } else {
      unsafe last = unsafe previous
    }
    if let previous = unsafe previous {
      unsafe previous.pointee.next = unsafe next
    } else {
      unsafe first = unsafe next
    }
  }

  mutating func popFirst() -> UnsafeMutablePointer<PortEntry>? {
    guard let entry = unsafe first else { return nil }
    unsafe remove(entry)
    return unsafe entry
  }

  /// Moves the entries that `belongs` names to the end of `other`.
  mutating func move(
    to other: inout EntryList, where belongs: (UnsafeMutablePointer<PortEntry>) -> Bool
  ) {
    var candidate = unsafe first
    while let entry = unsafe candidate {
      unsafe candidate = unsafe entry.pointee.next
      guard unsafe belongs(entry) else { continue }
      unsafe remove(entry)
      unsafe other.append(entry)
    }
  }

  /// Frees them all.
  consuming func freeAll() {
    while let entry = unsafe popFirst() { unsafe PortEntry.free(entry) }
  }
}
