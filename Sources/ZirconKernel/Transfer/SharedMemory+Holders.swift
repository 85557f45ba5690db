import ZirconLinux
import ZirconTypes

// Memory of an object of which several processes hold one end.

extension SharedMemory {
  /// Sees to it that this process can lock: see `makeOwnOpening`.
  ///
  /// - Throws: `noMemory`; `notSupported` if this process cannot open its own descriptors.
  func openForMyself() throws(Status) {
    do throws(Errno) {
      try makeOwnOpening()
    } catch {
      throw error == .noEntry ? .notSupported : Status(error)
    }
  }

  /// Adds what another process needs to map it to `list`, kept by `owner` meanwhile; if several processes hold
  /// what is in it, an opening that nobody locks with.
  ///
  /// - Throws: As `openForMyself`.
  func lend(
    to list: inout LentDescriptors, of owner: AnyObject, isHeldByMany: Bool
  ) throws(Status) {
    guard isHeldByMany else { return list.append(descriptor, of: owner) }
    do throws(Errno) {
      DescriptorLender.lend(try reopen(), to: &list)
    } catch {
      throw error == .noEntry ? .notSupported : Status(error)
    }
  }
}

// MARK: Several holders of one end

extension SharedMemory {
  /// Becomes the one holder of `end` that does such work.
  ///
  /// - Throws: `EAGAIN` if another process was stopped in the middle of it.
  func lock(_ work: EndWork, at end: End) throws(Errno) {
    try lock(UInt64(work.number(at: end)))
  }

  func unlock(_ work: EndWork, at end: End) { unlock(UInt64(work.number(at: end))) }
}
