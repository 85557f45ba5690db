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

  /// Throws what keeps it from leaving the process.
  func checkDeparture() throws(Status) { try slot.object.checkDeparture() }

  /// Puts it into `parcel`, to leave the process, and cancels the waits made through it.
  ///
  /// - Throws: `notSupported`, `noMemory`; then it is closed.
  consuming func depart(into parcel: inout Parcel) throws(Status) {
    let object = slot.object
    do throws(Status) {
      try object.depart(into: &parcel, rights: rights, isLast: object.handleCount == 1)
    } catch {
      close()
      throw error
    }
    finishDeparture()
  }

  /// What follows once its object has let it go.
  consuming func finishDeparture() {
    let object = slot.object
    slot.land()
    object.cancelObservers(of: value)
    object.cancelCalls()
    object.dropDepartedHandle()
  }

  /// Whether it had `rights` before it was sent.
  func allows(_ rights: Rights) -> Bool { slot.word.allows(rights) }

  /// The object, to look at.
  var object: Dispatcher { slot.object }

  /// Puts it into `parcel` as `depart` does, or gives it back if there is no memory for now.
  consuming func departOrStay(into parcel: inout Parcel) -> HandleInFlight? {
    let object = slot.object
    do throws(Status) {
      try object.depart(into: &parcel, rights: rights, isLast: object.handleCount == 1)
    } catch .noMemory {
      return self
    } catch {
      close()
      return nil
    }
    finishDeparture()
    return nil
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

extension HandleInFlight {
  /// A handle that has come from another process, to be read or closed.
  ///
  /// - Throws: `internal` for what is none, `noMemory`; then nothing is left of it.
  static func open(
    _ arriving: consuming ArrivingHandle, in kernel: Kernel
  ) throws(Status) -> HandleInFlight {
    let rights = arriving.rights
    let slot = try kernel.handles.reserve()
    let object = try arriving.open(in: kernel)
    return HandleInFlight(
      slot.publishFlying(object, rights: rights), value: .invalid, rights: rights)
  }
}
