public import ZirconLinux
public import ZirconTypes

// What the doors do with the caller's memory, answering in statuses.

extension UserIn {
  /// One value, whatever the address's alignment.
  ///
  /// - Throws: `invalidArgs` if it cannot be read.
  package func value<Value: BitwiseCopyable>(as type: Value.Type) throws(Status) -> Value {
    try linux { () throws(Errno) in try load(as: type) }
  }

  /// Copies the first `count` bytes to `destination`, which has room for them.
  ///
  /// - Throws: `invalidArgs` if any of them cannot be read.
  @unsafe
  package func fetch(
    into destination: UnsafeMutableRawPointer, count: Int
  ) throws(Status) {
    try linux { () throws(Errno) in try unsafe copy(to: destination, count: count) }
  }

  /// A string of at most `limit` bytes, without its NUL.
  ///
  /// - Throws: `invalidArgs` if it is longer or cannot be read, null included.
  package func string(limit: Int) throws(Status) -> [UInt8] {
    let bytes = try linux { () throws(Errno) in try loadString(limit: limit) }
    guard let bytes else { throw .invalidArgs }
    return bytes
  }

  /// A string for a program to be started, without its NUL.
  ///
  /// - Throws: `invalidArgs` if it cannot be read, null included; `outOfRange` if it is too long.
  package func programString() throws(Status) -> [UInt8] {
    let bytes = try linux { () throws(Errno) in try loadString(limit: Self.programLimit) }
    guard let bytes else { throw .outOfRange }
    return bytes
  }

  /// Strings for a program to be started, without their NULs: those of an array that ends with null.
  ///
  /// - Throws: `invalidArgs` if one or the array cannot be read, null included; `outOfRange` if they are too
  ///   long.
  package func programStrings() throws(Status) -> [[UInt8]] {
    let strings = try linux { () throws(Errno) in try loadStrings(limit: Self.programLimit) }
    guard let strings else { throw .outOfRange }
    return strings
  }

  /// Bytes that no program is started with on Linux, whatever its limits are.
  private static var programLimit: Int { 6 << 20 }

  /// A path no longer than a socket can have, without its NUL.
  ///
  /// - Throws: `invalidArgs` if it is longer or cannot be read.
  package func path() throws(Status) -> [UInt8] {
    try string(limit: ListeningSocket.maxPathLength)
  }

  /// Mixes the bytes into Linux's random numbers.
  ///
  /// - Throws: `invalidArgs` if any of them cannot be read.
  package func addEntropy() throws(Status) {
    try linux { () throws(Errno) in try Machine.addRandom(self) }
  }
}

extension UserOut {
  /// Stores a handle's value.
  ///
  /// - Throws: `invalidArgs` if the address cannot be written, null included.
  package func put(_ handle: HandleValue) throws(Status) {
    try linux { () throws(Errno) in try store(handle.rawValue) }
  }

  /// Stores signals.
  ///
  /// - Throws: `invalidArgs` if the address cannot be written, null included.
  package func put(_ signals: Signals) throws(Status) {
    try linux { () throws(Errno) in try store(signals.rawValue) }
  }

  /// Stores a number of 32 bits.
  ///
  /// - Throws: `invalidArgs` if the address cannot be written, null included.
  package func put(word: UInt32) throws(Status) {
    try linux { () throws(Errno) in try store(word) }
  }

  /// Stores a count of bytes or records.
  ///
  /// - Throws: `invalidArgs` if the address cannot be written, null included.
  @inline(__always)
  package func put(_ count: Int) throws(Status) {
    try linux { () throws(Errno) in try store(count) }
  }

  /// Stores a count if the caller wants it, which a null address says it does not.
  ///
  /// - Throws: `invalidArgs` if the address cannot be written.
  @inlinable @inline(__always)
  public func putIfWanted(_ count: Int) throws(Status) {
    guard !isNull else { return }
    do throws(Errno) { try store(count) } catch { throw Status(error) }
  }

  /// Stores a number of 64 bits.
  ///
  /// - Throws: `invalidArgs` if the address cannot be written, null included.
  package func put(number: UInt64) throws(Status) {
    // Linux takes null for "not wanted" where it is asked to prove eight bytes.
    guard !isNull else { throw .invalidArgs }
    try linux { () throws(Errno) in try store(number) }
  }

  /// Stores `count` bytes from `source`.
  ///
  /// - Throws: `invalidArgs` if any byte cannot be written; some may have been.
  @unsafe
  package func put(from source: UnsafeRawPointer, count: Int) throws(Status) {
    try linux { () throws(Errno) in try unsafe copyRecord(from: source, count: count) }
  }

  /// Stores a record.
  ///
  /// - Throws: `invalidArgs` if the address cannot be written, null included.
  package func put<Value: BitwiseCopyable>(record: Value) throws(Status) {
    try linux { () throws(Errno) in try store(record: record) }
  }
}
