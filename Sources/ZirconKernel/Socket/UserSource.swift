import ZirconLinux

/// Bytes of the caller on their way out, from one buffer or several.
protocol UserSource {
  /// Bytes in all.
  var byteCount: Int { get }

  /// Sends `count` bytes from `offset` on, without waiting.
  ///
  /// - Returns: Bytes taken; a stream may take fewer, for want of room or at a bad address.
  func send(
    through descriptor: borrowing Descriptor, from offset: Int, count: Int
  ) throws(Errno) -> Int

  /// Copies `count` bytes from `offset` on into `segments`, which hold exactly as many.
  ///
  /// - Throws: `badAddress` if any of them cannot be read.
  func copy(from offset: Int, count: Int, into segments: RingSegments) throws(Errno)
}

/// Room of the caller for bytes on their way in, in one buffer or several.
protocol UserSink {
  /// Room in all.
  var byteCount: Int { get }

  /// Takes up to `count` bytes to `offset` and on, without waiting.
  ///
  /// - Returns: Bytes taken, or with `wholeLength` the record's length; a stream gives fewer than it
  ///   has only at a bad address.
  func receive(
    through descriptor: borrowing Descriptor, to offset: Int, count: Int, _ options: ReceiveOptions
  ) throws(Errno) -> Int

  /// Copies all of `segments` to `offset` and on.
  ///
  /// - Throws: `badAddress` if any byte cannot be written.
  func copy(to offset: Int, from segments: RingSegments) throws(Errno)
}

// Declared here and not beside the types: so the compiler sees through them in the calls it specialises.
extension UserIn: UserSource {}
extension UserVector: UserSource {}
extension UserOut: UserSink {}
extension UserVector: UserSink {}
