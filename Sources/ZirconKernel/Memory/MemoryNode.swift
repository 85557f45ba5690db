import ZirconLinux
import ZirconTypes

/// A piece of memory as its relatives know it: it lives as long as anything can reach the memory through
/// it, a handle or a mapping, and tells its parent when it goes.
///
/// Locking: one lock for the counts, under which the signal of the memory's object is changed too.
final class MemoryNode: Sendable {
  let koid: Koid
  let parent: MemoryNode?
  private let counts = Guarded(Counts())

  private struct Counts: ~Copyable {
    var children = 0
    var mappings = 0
    weak var object: VMODispatcher?
  }

  init(koid: Koid, parent: MemoryNode?) {
    self.koid = koid
    self.parent = parent
    parent?.childBorn()
  }

  deinit {
    parent?.childGone()
  }

  /// The object that shows whether there are children, as long as it has handles.
  func show(in object: VMODispatcher?) {
    counts.withLock { $0.object = object }
  }

  private func childBorn() {
    counts.withLock {
      $0.children += 1
      if $0.children == 1 { $0.object?.signal(clear: .zeroChildren, set: .none) }
    }
  }

  private func childGone() {
    // The object may go with the reference taken here: outside the lock.
    let object = counts.withLock { counts -> VMODispatcher? in
      let object = counts.object
      counts.children -= 1
      if counts.children == 0 { object?.signal(clear: .none, set: .zeroChildren) }
      return object
    }
    withExtendedLifetime(object) {}
  }

  var childCount: Int { counts.withLock { $0.children } }

  var mappingCount: Int { counts.withLock { $0.mappings } }

  func addMappings(_ count: Int) {
    counts.withLock { $0.mappings += count }
  }
}
