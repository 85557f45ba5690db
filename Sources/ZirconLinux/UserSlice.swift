extension UserIn {
  /// What lies behind the first `count` bytes.
  package func after(_ count: Int) -> UserIn {
    // Wraps at the end of the address space, where nothing can be read either.
    let address = unsafe UInt(bitPattern: base) &+ UInt(count)
    return unsafe UserIn(
      UnsafeRawPointer(bitPattern: address), byteCount: max(byteCount - count, 0))
  }
}

extension UserOut {
  /// What lies behind the first `count` bytes.
  package func after(_ count: Int) -> UserOut {
    // Wraps at the end of the address space, where nothing can be written either.
    let address = unsafe UInt(bitPattern: base) &+ UInt(count)
    return unsafe UserOut(
      UnsafeMutableRawPointer(bitPattern: address), byteCount: max(byteCount - count, 0))
  }
}
