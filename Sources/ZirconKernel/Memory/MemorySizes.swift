import ZirconLinux
import ZirconTypes

/// The size and the content size of a piece of memory; shared by it and the references to it.
///
/// Locking: one lock, held across what moves bytes in memory that can be resized, so that no range that
/// has been judged goes away meanwhile.
final class MemorySizes: Sendable {
  let isResizable: Bool
  private let fixedSize: UInt64
  private let state: Guarded<State>

  struct State {
    /// Bytes, in whole pages.
    var size: UInt64
    /// Bytes that mean something; never above `size`.
    var contentSize: UInt64
  }

  init(size: UInt64, contentSize: UInt64, isResizable: Bool) {
    self.isResizable = isResizable
    fixedSize = size
    state = Guarded(State(size: size, contentSize: contentSize))
  }

  var size: UInt64 { isResizable ? state.withLock { $0.size } : fixedSize }

  var contentSize: UInt64 { state.withLock { $0.contentSize } }

  /// Runs `body` while a range stays inside.
  ///
  /// - Throws: `outOfRange` if it is not; what `body` throws.
  func withRange(
    from offset: UInt64, count: UInt64, _ body: () throws(Status) -> Void
  ) throws(Status) {
    guard isResizable else {
      try Self.check(offset, count, in: fixedSize)
      return try body()
    }
    try state.withLock { (state) throws(Status) in
      try Self.check(offset, count, in: state.size)
      try body()
    }
  }

  private static func check(
    _ offset: UInt64, _ count: UInt64, in size: UInt64
  ) throws(Status) {
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard !overflow, end <= size else { throw .outOfRange }
  }

  /// Runs `body` with both sizes to itself; what it leaves in them counts unless it throws.
  func change(_ body: (inout State) throws(Status) -> Void) throws(Status) {
    try state.withLock { (state) throws(Status) in
      var next = state
      try body(&next)
      state = next
    }
  }
}
