import CLinux
import CUring
import Glibc

/// Several sends and receives made at once: one submission through the thread's ring where that
/// pays or is asked for, one call after the other elsewhere.
///
/// Nothing outlives `run`.
///
/// An entry takes one buffer or several in a row as one; entries of one descriptor take effect in the
/// order they were added, but a later one may succeed where an earlier one found no room.
@safe
package struct Submission: ~Copyable {
  /// Entries, and buffers, that one submission takes.
  package static var capacity: Int { Int(CURING_MAX_ENTRIES) }

  fileprivate struct Entry {
    var descriptor: Int32 = -1
    var isSend = false
    var flags: Int32 = 0
    /// Its buffers among all.
    var firstBuffer = 0
    var bufferCount = 0
    /// Bytes, or minus an error number.
    var answer = 0
  }

  // Safety: both have room for `capacity` in the caller's scratch; what the buffers name is opened only by
  // Linux. In memory of their own, since Swift copies a whole inline array at many a look.
  private let entries: UnsafeMutablePointer<Entry>
  private let buffers: UnsafeMutablePointer<iovec>
  private var entryCount = 0
  private var bufferCount = 0

  /// An empty submission that must not outlive `scratch`.
  package init(in scratch: inout ThreadScratch) {
    unsafe entries = unsafe scratch.take(Entry.self, Self.capacity)
    unsafe buffers = unsafe scratch.take(iovec.self, Self.capacity)
  }

  /// How many entries have been added.
  package var count: Int { entryCount }

  /// Adds a send of what the following `append` calls name.
  package mutating func beginSend(through descriptor: borrowing Descriptor) {
    begin(Entry(descriptor: descriptor.number, isSend: true, flags: CLINUX_SEND_FLAGS))
  }

  /// Adds a receive into what the following `append` calls name.
  package mutating func beginReceive(
    through descriptor: borrowing Descriptor, _ options: ReceiveOptions
  ) {
    begin(Entry(descriptor: descriptor.number, flags: options.flags))
  }

  private mutating func begin(_ entry: Entry) {
    unsafe (entries + entryCount).initialize(to: entry)
    unsafe entries[entryCount].firstBuffer = bufferCount
    entryCount += 1
  }

  /// Adds `count` bytes at an address of the caller to the entry begun last.
  @unsafe
  package mutating func append(_ base: UnsafeMutableRawPointer?, count: Int) {
    unsafe (buffers + bufferCount).initialize(to: iovec(iov_base: base, iov_len: count))
    bufferCount += 1
    unsafe entries[entryCount - 1].bufferCount += 1
  }

  /// What entry `index` came to: bytes, or with `wholeLength` a record's length.
  package func result(_ index: Int) throws(Errno) -> Int {
    try unsafe Errno.check(entries[index].answer)
  }

  /// Makes them all, and waits until every one is done.
  package mutating func run() {
    let usesRing = Backend.requested == .uring || entryCount > 1
    if usesRing, let ring = Ring.current, submit(to: ring) { return }
    for index in 0..<entryCount { callOne(index) }
  }

  private func callOne(_ index: Int) {
    let entry = unsafe entries[index]
    let buffers = unsafe buffers + entry.firstBuffer
    let (fd, count, flags) = (entry.descriptor, entry.bufferCount, entry.flags)
    unsafe clinux_thread_self().pointee.syscall_operations += 1
    var answer = 0
    repeat {
      answer =
        unsafe entry.isSend
        ? clinux_sendmsg(fd, buffers, count, flags) : clinux_recvmsg(fd, buffers, count, flags)
    } while answer == -Int(EINTR)
    unsafe entries[index].answer = answer
  }

  /// False if the ring broke before anything was submitted.
  private func submit(to ring: Ring) -> Bool {
    for index in 0..<entryCount {
      unsafe ring.prepare(entries[index], buffers + entries[index].firstBuffer, token: index)
    }
    guard ring.submit(entryCount) else { return false }
    var left = entryCount
    while left > 0 {
      guard let (token, answer) = ring.reap() else {
        guard ring.submit(left) else { return true }
        continue
      }
      if token < entryCount { unsafe entries[token].answer = answer }
      left -= 1
    }
    return true
  }
}

extension Ring {
  /// Prepares one entry of a submission, for which there is room.
  @unsafe
  fileprivate func prepare(
    _ entry: Submission.Entry, _ buffers: UnsafePointer<iovec>, token: Int
  ) {
    let (fd, flags, count) = (entry.descriptor, entry.flags, entry.bufferCount)
    let (base, length) = unsafe (buffers.pointee.iov_base, buffers.pointee.iov_len)
    let token = UInt64(token)
    switch (entry.isSend, count) {
    case (true, 1): _ = unsafe curing_prepare_send(curing, fd, base, length, flags, token)
    case (true, _):
      _ = unsafe curing_prepare_sendmsg(curing, fd, buffers, count, flags, token)
    case (false, 1): _ = unsafe curing_prepare_recv(curing, fd, base, length, flags, token)
    case (false, _):
      _ = unsafe curing_prepare_recvmsg(curing, fd, buffers, count, flags, token)
    }
  }
}
