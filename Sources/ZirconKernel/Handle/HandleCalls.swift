package import ZirconTypes

// MARK: Making handles

extension Kernel {
  /// Makes the first handle of a new object.
  ///
  /// The slot is found first, so that an object is made only if it can have a handle.
  func makeHandle(
    rights: Rights, to object: (Kernel) throws(Status) -> Dispatcher
  ) throws(Status) -> HandleValue {
    let slot = try handles.reserve()
    return try slot.publish(object(self), rights: rights)
  }

  /// Makes the first handles of both ends of a new pair.
  func makeHandles<Object: Dispatcher>(
    rights: Rights, to pair: (Kernel) throws(Status) -> (Object, Object)
  ) throws(Status) -> (HandleValue, HandleValue) {
    let first = try handles.reserve()
    let second = try handles.reserve()
    let (left, right) = try pair(self)
    return (first.publish(left, rights: rights), second.publish(right, rights: rights))
  }

  /// Runs `body` with the object that `value` names, once type and rights have been judged.
  @inline(__always)
  func with<Object: Dispatcher, Result>(
    _ value: HandleValue, _ type: ObjectType, as object: Object.Type, rights: Rights,
    _ body: (Object) throws(Status) -> Result
  ) throws(Status) -> Result {
    let pin = try handles.pin(value, type: type, rights: rights)
    return try pin.withObject(as: object, body)
  }

  /// Runs `body` with an object of any type.
  func with<Result>(
    _ value: HandleValue, rights: Rights = .none, _ body: (Dispatcher) throws(Status) -> Result
  ) throws(Status) -> Result {
    let pin = try handles.pin(value, rights: rights)
    return try pin.withObject(as: Dispatcher.self, body)
  }
}

// MARK: Calls

extension Kernel {
  /// Closes a handle; closing `invalid` does nothing.
  ///
  /// Waits made through it are canceled; with the last handle the object goes, seen by its peer before
  /// this returns.
  ///
  /// - Throws: `badHandle`.
  ///
  /// Source: `zx_handle_close`.
  package func close(_ value: HandleValue) throws(Status) {
    guard value != .invalid else { return }
    finish(try handles.remove(value), value)
  }

  /// What follows a handle's removal from the table.
  func finish(_ removed: consuming PinnedSlot, _ value: HandleValue) {
    let object = removed.object
    object.cancelObservers(of: value)
    object.dropHandle()
  }

  /// Makes another handle to the same object, with the same rights or fewer.
  ///
  /// - Throws: `badHandle`; `accessDenied` without the right to duplicate; `invalidArgs` for a right
  ///   that the handle lacks; `noMemory`. In this order.
  ///
  /// Source: `zx_handle_duplicate`.
  package func duplicate(_ value: HandleValue, rights: Rights) throws(Status) -> HandleValue {
    let pin = try handles.pin(value, rights: .duplicate)
    let granted = try pin.word.rights.reduced(to: rights)
    return try handles.reserve().publish(pin.object, rights: granted)
  }

  /// Replaces a handle by another to the same object, with the same rights or fewer.
  ///
  /// The old one is gone afterwards, also if the rights are refused, but not on `noMemory`. Waits made
  /// through it are canceled.
  ///
  /// - Throws: `badHandle`, `invalidArgs` for a right that the handle lacks, `noMemory`. In this order.
  ///
  /// Source: `zx_handle_replace`.
  package func replace(_ value: HandleValue, rights: Rights) throws(Status) -> HandleValue {
    let held = try handles.pin(value).word.rights
    let granted: Rights
    do throws(Status) {
      granted = try held.reduced(to: rights)
    } catch {
      try close(value)
      throw error
    }
    let slot = try handles.reserve()
    let removed = try handles.remove(value)
    let made = slot.publish(removed.object, rights: granted)
    finish(removed, value)
    return made
  }

  /// Judges a value without touching what it names.
  ///
  /// - Throws: `invalidArgs` for `invalid`, `outOfRange` if it has not the form of a handle, `notFound`
  ///   if it has and is none.
  ///
  /// Source: `zx_handle_check_valid`.
  package func checkValid(_ value: HandleValue) throws(Status) {
    guard value != .invalid else { throw .invalidArgs }
    guard value.isWellFormed else { throw .outOfRange }
    guard handles.contains(value) else { throw .notFound }
  }
}

extension Rights {
  /// The rights that a new handle gets if `wanted` is asked for one with these.
  ///
  /// - Throws: `invalidArgs` if `wanted` has more.
  func reduced(to wanted: Rights) throws(Status) -> Rights {
    guard wanted != .same else { return self }
    guard isSuperset(of: wanted) else { throw .invalidArgs }
    return wanted
  }
}
