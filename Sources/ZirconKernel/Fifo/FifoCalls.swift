package import ZirconLinux
package import ZirconTypes

extension Kernel {
  /// Makes a fifo with room for so many elements in each direction, which `makeAFifo`.
  ///
  /// - Throws: `noMemory`.
  ///
  /// Source: `zx_fifo_create`.
  package func makeFifo(_ elements: FifoElements) throws(Status) -> (HandleValue, HandleValue) {
    try makeHandles(rights: .defaultFifo) { (kernel) throws(Status) in
      try FifoPair(elements, in: kernel).makeEnds(as: FifoDispatcher.self)
    }
  }

  /// Writes elements; see `FifoDispatcher.write`.
  ///
  /// - Throws: `badHandle`, `wrongType`, `accessDenied` without the right to write, and then what the fifo
  ///   throws.
  ///
  /// Source: `zx_fifo_write`.
  package func writeFifo(
    _ value: HandleValue, _ source: UserIn, _ elements: FifoElements
  ) throws(Status) -> Int {
    try with(value, .fifo, as: FifoDispatcher.self, rights: .write) { (fifo) throws(Status) in
      try fifo.write(source, elements)
    }
  }

  /// Reads elements; see `FifoDispatcher.read`.
  ///
  /// - Throws: `badHandle`, `wrongType`, `accessDenied` without the right to read, and then what the fifo
  ///   throws.
  ///
  /// Source: `zx_fifo_read`.
  package func readFifo(
    _ value: HandleValue, into room: UserOut, _ elements: FifoElements
  ) throws(Status) -> Int {
    try with(value, .fifo, as: FifoDispatcher.self, rights: .read) { (fifo) throws(Status) in
      try fifo.read(into: room, elements)
    }
  }
}
