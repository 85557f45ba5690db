package import ZirconTypes

extension Kernel {
  /// Makes a counter of value 0.
  ///
  /// - Throws: `noMemory`.
  ///
  /// Source: `zx_counter_create`.
  package func makeCounter() throws(Status) -> HandleValue {
    try makeHandle(rights: .defaultCounter) { kernel in
      CounterDispatcher(koid: kernel.nextKoid(), in: kernel)
    }
  }

  /// Adds to a counter.
  ///
  /// - Throws: `badHandle`, `wrongType`, `accessDenied` without the rights to read and to write;
  ///   `outOfRange` if the sum has no room in 64 bits. In this order.
  ///
  /// Source: `zx_counter_add`.
  package func addToCounter(_ value: HandleValue, _ number: Int64) throws(Status) {
    try withCounter(value, rights: [.read, .write]) { (counter) throws(Status) in
      try counter.contents.change { (old) throws(Status) in
        let (sum, overflow) = old.addingReportingOverflow(number)
        guard !overflow else { throw .outOfRange }
        return sum
      }
    }
  }

  /// The value of a counter.
  ///
  /// - Throws: `badHandle`, `wrongType`, `accessDenied` without the right to read. In this order.
  ///
  /// Source: `zx_counter_read`.
  package func readCounter(_ value: HandleValue) throws(Status) -> Int64 {
    try withCounter(value, rights: .read) { (counter) throws(Status) in counter.contents.value }
  }

  /// Sets the value of a counter.
  ///
  /// - Throws: `badHandle`, `wrongType`, `accessDenied` without the right to write. In this order.
  ///
  /// Source: `zx_counter_write`.
  package func writeCounter(_ value: HandleValue, _ number: Int64) throws(Status) {
    try withCounter(value, rights: .write) { (counter) throws(Status) in
      try counter.contents.change { (_) throws(Status) in number }
    }
  }

  private func withCounter<Result>(
    _ value: HandleValue, rights: Rights, _ body: (CounterDispatcher) throws(Status) -> Result
  ) throws(Status) -> Result {
    try with(value, .counter, as: CounterDispatcher.self, rights: rights, body)
  }
}
