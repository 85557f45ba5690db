import Synchronization
import ZirconLinux

// MARK: The reactor

extension Link {
  func react(to events: ReactorEvents) {
    if events.contains(.retry) { watching.withLock { $0.isRetrying = false } }
    pump()
    settle()
  }

  /// Asks the reactor for what is of use now; to be called when more of it may be, with no lock held.
  func update() {
    // A wire that is watched no more may be the last of it: dropped after the lock.
    let old = watching.withLock { watching -> Wire? in
      let wire = inbox.withLock { $0.wire }
      var old: Wire?
      if let watched = watching.wire, watched !== wire {
        if let watch = watching.watch {
          kernel.reactor.forget(watch, of: watched.socket.descriptor)
        }
        watching = Watching(isRetrying: watching.isRetrying)
        old = watched
      }
      let (events, mustRetry, isOver) = wanted()
      if isOver {
        if let watch = watching.watch { kernel.reactor.forget(watch, of: wire.socket.descriptor) }
        watching = Watching(isRetrying: watching.isRetrying)
        return old
      }
      if mustRetry || !watch(wire, for: events, &watching), !watching.isRetrying {
        watching.isRetrying = true
        kernel.reactor.again(soon: self)
      }
      return old
    }
    _ = old
  }

  /// - Returns: False if Linux does not watch it.
  private func watch(_ wire: Wire, for events: ReactorEvents, _ watching: inout Watching) -> Bool {
    guard events != watching.events else { return true }
    if let watch = watching.watch {
      kernel.reactor.change(watch, of: wire.socket.descriptor, to: events)
    } else if events != [] {
      do throws(Errno) {
        watching.watch = try kernel.reactor.watch(wire.socket.descriptor, for: events, self)
        watching.wire = wire
      } catch {
        return false
      }
    }
    watching.events = events
    return true
  }

  /// What is to be watched for, whether to try again without being told, and whether there is nothing to
  /// wait for ever again.
  private func wanted() -> (ReactorEvents, mustRetry: Bool, isOver: Bool) {
    let (isDown, isStuck) = inbox.withLock { ($0.isDown, $0.isStuck || $0.hasMore) }
    let isAwaited = owner.withLock { $0 }?.awaitsLink ?? false
    return outbox.withLock { outbox in
      if isDown || (outbox.isClosing && (outbox.isDown || outbox.records.isEmpty && !outbox.isHeld))
      {
        return ([], false, true)
      }
      var events: ReactorEvents = []
      if isAwaited || outbox.isHeld { events.formUnion([.readable, .edge]) }
      if outbox.mustWait && !outbox.isHeld { events.formUnion([.writable, .edge]) }
      let isUnsettled = outbox.records.firstUnsettled() != nil
      return (events, outbox.isLacking || isUnsettled || (isStuck && isAwaited), false)
    }
  }
}
