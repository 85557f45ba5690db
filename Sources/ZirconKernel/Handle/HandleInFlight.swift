import ZirconTypes

/// A handle inside a message: an object, the rights it arrives with, and what it was before.
///
/// Its slot stays taken meanwhile, so that waits made through it go on under the value that nobody else
/// can get. Ends in `arrive` or `close`, never by being dropped: then its object would keep a handle.
struct HandleInFlight: ~Copyable {
  private let slot: PinnedSlot
  /// What it was called before it was sent.
  private let value: HandleValue
  /// The rights it arrives with.
  let rights: Rights

  init(_ slot: consuming PinnedSlot, value: HandleValue, rights: Rights) {
    self.slot = slot
    self.value = value
    self.rights = rights
  }

  /// The type of its object.
  var type: ObjectType { slot.word.type }

  /// Makes a handle of it in `table` and cancels the waits made through it before.
  ///
  /// Never fails: in a full table it takes its old place, else one that leaves its old value stale.
  consuming func arrive(in table: HandleTable) -> HandleValue {
    let object = slot.object
    let made: HandleValue
    do throws(Status) {
      made = try table.reserve().publish(object, rights: rights)
      slot.land()
      object.dropHandle()
    } catch {
      made = slot.reissue(rights: rights)
    }
    object.cancelObservers(of: value)
    object.cancelCalls()
    return made
  }

  /// Closes it, and what was left in its object.
  consuming func close() {
    var orphans = MessageQueue()
    close(leaving: &orphans)
    orphans.close()
  }

  /// Closes it; messages that nobody can read any more are added to `orphans`.
  consuming func close(leaving orphans: inout MessageQueue) {
    slot.land()
    let object = slot.object
    object.cancelObservers(of: value)
    object.dropHandle(leaving: &orphans)
  }
}
