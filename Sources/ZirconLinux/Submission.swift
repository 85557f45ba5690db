import CLinux
import CUring
import Glibc

/// Several sends and receives made at once: one submission through the thread's ring where that pays or
/// is asked for, one call after the other elsewhere. Nothing outlives `run`.
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

  private var entries = InlineArray<64, Entry>(repeating: Entry())
  // Safety: buffers of the caller, opened only by Linux.
  private var buffers = unsafe InlineArray<64, iovec>(repeating: iovec())
  private var entryCount = 0
  private var bufferCount = 0

  package init() {}

  /// How many entries have been added.
  package var count: Int { entryCount }

  /// Adds a send of what the following `append` calls name.
  package mutating func beginSend(through descriptor: borrowing Descriptor) {
    begin(Entry(descriptor: descriptor.number, isSend: true, flags: sendFlags))
  }

  /// Adds a receive into what the following `append` calls name.
  package mutating func beginReceive(
    through descriptor: borrowing Descriptor, _ options: ReceiveOptions
  ) {
    begin(Entry(descriptor: descriptor.number, flags: receiveFlags | options.rawValue))
  }

  private mutating func begin(_ entry: Entry) {
    entries[entryCount] = entry
    entries[entryCount].firstBuffer = bufferCount
    entryCount += 1
  }

  /// Adds `count` bytes at an address of the caller to the entry begun last.
  @unsafe
  package mutating func append(_ base: UnsafeMutableRawPointer?, count: Int) {
    unsafe buffers[bufferCount] = unsafe iovec(iov_base: base, iov_len: count)
    bufferCount += 1
    entries[entryCount - 1].bufferCount += 1
  }

  /// What entry `index` came to: bytes, or with `wholeLength` a record's length.
  package func result(_ index: Int) throws(Errno) -> Int {
    try Errno.check(entries[index].answer)
  }

  /// Makes them all, and waits until every one is done.
  package mutating func run() {
    let usesRing = Backend.requested == .uring || entryCount > 1
    if usesRing, let ring = Ring.current, submit(to: ring) { return }
    for index in 0..<entryCount { callOne(index) }
  }

  private mutating func callOne(_ index: Int) {
    let entry = entries[index]
    let first = entry.firstBuffer
    unsafe clinux_thread_self().pointee.syscall_operations += 1
    var answer = -Int(EINTR)
    while answer == -Int(EINTR) {
      answer = unsafe withBuffers { buffers in
        if entry.isSend {
          unsafe clinux_sendmsg(
            entry.descriptor, buffers + first, entry.bufferCount, entry.flags)
        } else {
          unsafe clinux_recvmsg(
            entry.descriptor, buffers + first, entry.bufferCount, entry.flags)
        }
      }
    }
    entries[index].answer = answer
  }

  private func withBuffers<Result>(_ body: (UnsafePointer<iovec>) -> Result) -> Result {
    unsafe withUnsafePointer(to: buffers) {
      unsafe body(UnsafeRawPointer($0).assumingMemoryBound(to: iovec.self))
    }
  }

  /// False if the ring broke before anything was submitted.
  private mutating func submit(to ring: Ring) -> Bool {
    let isDone = unsafe withBuffers { buffers in
      for index in 0..<entryCount {
        unsafe ring.prepare(entries[index], buffers + entries[index].firstBuffer, token: index)
      }
      return ring.submit(entryCount)
    }
    guard isDone else { return false }
    var left = entryCount
    while left > 0 {
      guard let (token, answer) = ring.reap() else {
        guard ring.submit(left) else { return true }
        continue
      }
      if token < entryCount { entries[token].answer = answer }
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
    switch (entry.isSend, count) {
    case (true, 1): _ = unsafe curing_prepare_send(curing, fd, base, length, flags, UInt64(token))
    case (true, _): _ = unsafe curing_prepare_sendmsg(curing, fd, buffers, count, flags, UInt64(token))
    case (false, 1): _ = unsafe curing_prepare_recv(curing, fd, base, length, flags, UInt64(token))
    case (false, _): _ = unsafe curing_prepare_recvmsg(curing, fd, buffers, count, flags, UInt64(token))
    }
  }
}
