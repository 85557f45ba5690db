import ZirconLinux
import ZirconTypes

/// What stands behind the record of memory.
private struct MemoryBody: BitwiseCopyable {
  var base: UInt64
  var size: UInt64
  var contentSize: UInt64
  var flags: UInt64
  var name: InlineArray<32, UInt8>

  static var byteCount: Int { MemoryLayout<MemoryBody>.size }
  static var isDiscardable: UInt64 { 1 }
  static var isImmutable: UInt64 { 2 }
}

/// Memory of a fixed size goes to another process by its descriptor, and both have the same bytes. Name and
/// content size go along and are each process's own from then on, and so are the children made there.
extension VMODispatcher {
  /// Throws `notSupported` if its size can change.
  func checkFixedSize() throws(Status) {
    // A size that changes in one process would take pages from under the other.
    guard !sizes.isResizable else { throw .notSupported }
  }

  /// Adds a handle to `parcel`.
  ///
  /// - Throws: `notSupported` if its size can change.
  func add(to parcel: inout Parcel, rights: Rights) throws(Status) {
    try checkFixedSize()
    var name = InlineArray<32, UInt8>(repeating: 0)
    for (index, byte) in try self.name().text.prefix(name.count).enumerated() {
      name[index] = byte
    }
    let body = MemoryBody(
      base: base, size: sizes.size, contentSize: sizes.contentSize,
      flags: (isDiscardable ? MemoryBody.isDiscardable : 0)
        | (isImmutable ? MemoryBody.isImmutable : 0), name: name)
    var lent = LentDescriptors()
    contents.file.lend(to: &lent, of: contents)
    let bytes = unsafe withUnsafeBytes(of: body) { unsafe [UInt8]($0) }
    parcel.append(self, rights: rights, body: bytes, lent)
  }

  /// Memory that has come from another process.
  ///
  /// - Throws: `internal` for what is none.
  static func arrive(
    _ arriving: consuming ArrivingHandle, in kernel: Kernel
  ) throws(Status) -> VMODispatcher {
    let (koid, bytes) = (arriving.koid, arriving.body)
    var descriptors = arriving.giveDescriptors()
    guard bytes.count == MemoryBody.byteCount, let received = descriptors.takeFirst(),
      descriptors.count == 0
    else { throw .internal }
    let body = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: MemoryBody.self) }
    let (end, overflow) = body.base.addingReportingOverflow(body.size)
    guard !overflow, end <= PageMath.maxMemorySize, body.contentSize <= body.size,
      PageMath.roundedUp(body.base) == body.base, PageMath.roundedUp(body.size) == body.size
    else { throw .internal }
    do throws(Errno) {
      let file = try MemoryFile(received: received, byteCount: end)
      return VMODispatcher(
        MemoryNode(koid: koid, parent: nil), MemoryContents(file), from: body.base,
        MemorySizes(size: body.size, contentSize: body.contentSize, isResizable: false),
        isDiscardable: body.flags & MemoryBody.isDiscardable != 0,
        isImmutable: body.flags & MemoryBody.isImmutable != 0, name: body.objectName)
    } catch {
      throw .internal
    }
  }
}

extension MemoryBody {
  fileprivate var objectName: ObjectName {
    var text: [UInt8] = []
    for index in name.indices { text.append(name[index]) }
    return ObjectName(text)
  }
}
