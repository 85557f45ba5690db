import ZirconTypes

/// A timer's place among the armed ones: a node of its clock's heap.
///
/// Invariant: belongs to its timer, which lives while the node is queued: a timer is armed only while it
/// has a handle, and the last one to go takes it out. Touched under the queue's lock only.
@safe
struct TimerNode {
  fileprivate var child: UnsafeMutablePointer<TimerNode>?
  fileprivate var sibling: UnsafeMutablePointer<TimerNode>?
  /// The sibling before it; of a first child, the parent.
  fileprivate var previous: UnsafeMutablePointer<TimerNode>?
  fileprivate(set) var isQueued = false
  /// When it expires, on its clock.
  var deadline: Int64 = 0
  /// Which arming of the timer this is.
  var generation: UInt64 = 0
  // Safety: see the type.
  let timer: Unmanaged<TimerDispatcher>

  init(_ timer: TimerDispatcher) {
    unsafe child = nil
    unsafe sibling = nil
    unsafe previous = nil
    unsafe self.timer = .passUnretained(timer)
  }
}

/// The armed timers of one clock, earliest first: a pairing heap, which needs no memory of its own.
@safe
struct TimerHeap: ~Copyable {
  private(set) var first: UnsafeMutablePointer<TimerNode>?

  init() {
    unsafe first = nil
  }

  /// When the earliest expires; nil if none is armed.
  var deadline: Int64? { unsafe first?.pointee.deadline }

  @unsafe
  mutating func insert(_ node: UnsafeMutablePointer<TimerNode>) {
    unsafe node.pointee.child = nil
    unsafe node.pointee.sibling = nil
    unsafe node.pointee.previous = nil
    unsafe node.pointee.isQueued = true
    unsafe first = unsafe Self.merge(first, node)
  }

  /// Takes `node` out if it is in.
  @unsafe
  mutating func remove(_ node: UnsafeMutablePointer<TimerNode>) {
    guard unsafe node.pointee.isQueued else { return }
    unsafe node.pointee.isQueued = false
    let orphans = unsafe Self.mergeSiblings(node.pointee.child)
    guard let previous = unsafe node.pointee.previous else {
      unsafe first = unsafe orphans
      return
    }
    let next = unsafe node.pointee.sibling
    if unsafe previous.pointee.child == node {
      unsafe previous.pointee.child = unsafe next
    } else {
      unsafe previous.pointee.sibling = unsafe next
    }
    unsafe next?.pointee.previous = unsafe previous
    unsafe first = unsafe Self.merge(first, orphans)
  }

  /// One heap of two, whose tops have no siblings.
  private static func merge(
    _ left: UnsafeMutablePointer<TimerNode>?, _ right: UnsafeMutablePointer<TimerNode>?
  ) -> UnsafeMutablePointer<TimerNode>? {
    guard let left = unsafe left else { return unsafe right }
    guard let right = unsafe right else { return unsafe left }
    let isRightFirst = unsafe right.pointee.deadline < left.pointee.deadline
    let (top, below) = unsafe isRightFirst ? (right, left) : (left, right)
    let child = unsafe top.pointee.child
    unsafe below.pointee.sibling = unsafe child
    unsafe child?.pointee.previous = unsafe below
    unsafe below.pointee.previous = unsafe top
    unsafe top.pointee.child = unsafe below
    return unsafe top
  }

  /// One heap of many: in pairs from the first on, then together from the last on.
  private static func mergeSiblings(
    _ siblings: UnsafeMutablePointer<TimerNode>?
  ) -> UnsafeMutablePointer<TimerNode>? {
    var rest = unsafe siblings
    var pairs: UnsafeMutablePointer<TimerNode>?
    while let left = unsafe rest {
      let right = unsafe left.pointee.sibling
      unsafe rest = unsafe right?.pointee.sibling
      unsafe detach(left)
      unsafe detach(right)
      let pair = unsafe merge(left, right)
      unsafe pair?.pointee.sibling = unsafe pairs
      unsafe pairs = unsafe pair
    }
    var whole: UnsafeMutablePointer<TimerNode>?
    while let pair = unsafe pairs {
      unsafe pairs = unsafe pair.pointee.sibling
      unsafe detach(pair)
      unsafe whole = unsafe merge(whole, pair)
    }
    return unsafe whole
  }

  private static func detach(_ node: UnsafeMutablePointer<TimerNode>?) {
    unsafe node?.pointee.sibling = nil
    unsafe node?.pointee.previous = nil
  }
}
