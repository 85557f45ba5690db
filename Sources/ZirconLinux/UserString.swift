extension UserIn {
  /// The bytes before the first NUL; nil if there is none among the first `limit` and one more.
  ///
  /// Reads no page behind the one in which the NUL is.
  ///
  /// - Throws: `badAddress` if one of them cannot be read.
  package func loadString(limit: Int) throws(Errno) -> [UInt8]? {
    guard let base = unsafe base else { throw .badAddress }
    var bytes: [UInt8] = []
    while bytes.count <= limit {
      let start = UInt(bitPattern: base) &+ UInt(bytes.count)
      let inPage = Int(Self.leastPageSize - start % Self.leastPageSize)
      let count = min(inPage, limit + 1 - bytes.count)
      let piece = unsafe UserIn(UnsafeRawPointer(bitPattern: start), byteCount: count)
      let taken = try unsafe withUnsafeTemporaryAllocation(
        byteCount: count, alignment: 1
      ) { (room) throws(Errno) -> [UInt8] in
        try unsafe piece.copyByLinux(to: room.baseAddress.unsafelyUnwrapped, count: count)
        return unsafe [UInt8](room)
      }
      if let end = taken.firstIndex(of: 0) { return bytes + taken[..<end] }
      bytes += taken
    }
    return nil
  }

  /// The strings whose addresses follow each other up to a null; nil if they have, with their NULs and
  /// addresses, more than `limit` bytes.
  ///
  /// - Throws: `badAddress` if an address or a string cannot be read.
  package func loadStrings(limit: Int) throws(Errno) -> [[UInt8]]? {
    guard !isNull else { throw .badAddress }
    let size = MemoryLayout<UInt>.size
    var strings: [[UInt8]] = []
    var room = limit
    while true {
      let address = try after(strings.count * size).load(as: UInt.self)
      guard address != 0 else { return strings }
      let place = unsafe UserIn(UnsafeRawPointer(bitPattern: address), byteCount: .max)
      guard let string = try place.loadString(limit: room) else { return nil }
      strings.append(string)
      room -= string.count + 1 + size
      guard room >= 0 else { return nil }
    }
  }

  private static var leastPageSize: UInt { 4096 }
}
