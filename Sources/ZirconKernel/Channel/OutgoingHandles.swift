package import CZircon
import ZirconTypes

/// Handles that the caller of a write gives to a message.
package struct OutgoingHandles {
  private enum Kind {
    /// By value, all of them moved.
    case moved(UserArray<zx_handle_t>)
    /// With what is to be done with each.
    case disposed(UserArray<zx_handle_disposition_t>)
  }

  private let kind: Kind
  /// How many, as the caller says.
  let count: Int

  /// Names `count` handles to be moved.
  package init(_ values: UnsafePointer<zx_handle_t>?, count: UInt32) {
    self.count = Int(count)
    kind = .moved(unsafe UserArray(values, count: Int(count)))
  }

  /// Names `count` handles and what is to be done with each.
  package init(_ dispositions: UnsafePointer<zx_handle_disposition_t>?, count: UInt32) {
    self.count = Int(count)
    kind = .disposed(unsafe UserArray(dispositions, count: Int(count)))
  }

  /// Adds them to `packet`, which has room for them; all are looked at, also behind one that fails.
  ///
  /// - Throws: `invalidArgs` if they cannot be read; what the first failing one stands for, or
  ///   `invalidArgs` if that cannot be stored in its disposition. What was added stays in the packet.
  func put(into packet: borrowing MessagePacket, _ judge: HandleJudge) throws(Status) {
    switch kind {
    case .moved(let values):
      try values.withElements(from: 0) { (values) throws(Status) in
        var failure: Status?
        for index in values.indices {
          do throws(Status) {
            packet.append(try judge.take(HandleValue(rawValue: values[index])))
          } catch {
            failure = failure ?? error
          }
        }
        if let failure { throw failure }
      }
    case .disposed(let dispositions):
      try dispositions.withElements(from: 0) { (entries) throws(Status) in
        var failure: Status?
        for index in entries.indices {
          do throws(Status) {
            packet.append(try judge.take(entries[index]))
          } catch {
            failure = failure ?? error
            // As on Zircon, the entry of a value that names nothing keeps what it had.
            if error != .badHandle { entries[index].result = error.rawValue }
          }
        }
        guard let failure else { return }
        try dispositions.store(entries)
        throw failure
      }
    }
  }

  /// Closes those that a write takes from its caller even when it fails before looking at them: all
  /// but those to be duplicated, as far as they can be read.
  func discard(in kernel: Kernel) {
    switch kind {
    case .moved(let values):
      values.forEachChunk { values in
        for index in values.indices { kernel.discard(HandleValue(rawValue: values[index])) }
      }
    case .disposed(let dispositions):
      dispositions.forEachChunk { entries in
        for index in entries.indices where entries[index].operation != ZX_HANDLE_OP_DUPLICATE {
          kernel.discard(HandleValue(rawValue: entries[index].handle))
        }
      }
    }
  }
}

extension Kernel {
  /// Closes a handle that a failed call takes with it; whether it was one does not matter.
  fileprivate func discard(_ value: HandleValue) {
    do throws(Status) { try close(value) } catch {}
  }
}

/// Says which handles may go into a message, and takes them out of the table.
struct HandleJudge {
  let kernel: Kernel
  /// The end that the message is written to.
  let channel: ChannelDispatcher

  /// Takes a handle to be moved; it leaves its table in any case.
  ///
  /// - Throws: `badHandle`; `accessDenied` without the right to transfer; `notSupported` for the very end
  ///   being written to. In this order.
  fileprivate func take(_ value: HandleValue) throws(Status) -> HandleInFlight {
    let slot = try kernel.handles.takeFlying(value)
    let (word, object) = (slot.word, slot.object)
    let handle = HandleInFlight(slot, value: value, rights: word.rights)
    do throws(Status) {
      try check(word, object)
      return handle
    } catch {
      handle.close()
      throw error
    }
  }

  /// Takes a handle to be moved or duplicated; unless duplicated it leaves its table in any case.
  ///
  /// - Throws: `badHandle`; `invalidArgs` for an unknown operation; `accessDenied`, `notSupported` as for
  ///   any handle; `wrongType` for another type than the entry says; `invalidArgs` for a right that the
  ///   handle lacks; `accessDenied` without the right to duplicate; `noMemory`. In this order.
  fileprivate func take(_ entry: zx_handle_disposition_t) throws(Status) -> HandleInFlight {
    let value = HandleValue(rawValue: entry.handle)
    if entry.operation == ZX_HANDLE_OP_DUPLICATE {
      let pin = try kernel.handles.pin(value)
      let rights = try rights(for: entry, pin.word, pin.object)
      guard pin.word.allows(.duplicate) else { throw .accessDenied }
      let slot = try kernel.handles.reserve().publishFlying(pin.object, rights: rights)
      return HandleInFlight(slot, value: .invalid, rights: rights)
    }
    let slot = try kernel.handles.takeFlying(value)
    do throws(Status) {
      guard entry.operation == ZX_HANDLE_OP_MOVE else { throw .invalidArgs }
      let rights = try rights(for: entry, slot.word, slot.object)
      return HandleInFlight(slot, value: value, rights: rights)
    } catch {
      HandleInFlight(slot, value: value, rights: .none).close()
      throw error
    }
  }

  /// The rights that the handle arrives with.
  private func rights(
    for entry: zx_handle_disposition_t, _ word: SlotWord, _ object: Dispatcher
  ) throws(Status) -> Rights {
    try check(word, object)
    guard entry.type == ZX_OBJ_TYPE_NONE || entry.type == word.type.rawValue else {
      throw .wrongType
    }
    return try word.rights.reduced(to: Rights(rawValue: entry.rights))
  }

  private func check(_ word: SlotWord, _ object: Dispatcher) throws(Status) {
    guard word.allows(.transfer) else { throw .accessDenied }
    guard object !== channel else { throw .notSupported }
  }
}
