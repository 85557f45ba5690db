import Synchronization

/// Records in order; those of a prelude come before those of this process.
struct RecordQueue {
  /// Nil below `head`.
  private var records: [OutgoingRecord?] = []
  private var head = 0
  /// How many of the first are a prelude's.
  private var ahead = 0
  /// There may be unsettled ones.
  private var mayBeUnsettled = false

  var isEmpty: Bool { head == records.count }
  var first: OutgoingRecord? { isEmpty ? nil : records[head] }

  /// The first whose handles have not all departed.
  mutating func firstUnsettled() -> OutgoingRecord? {
    guard mayBeUnsettled else { return nil }
    for record in records[head...] {
      if let record, !record.isSettled.load(ordering: .acquiring) { return record }
    }
    mayBeUnsettled = false
    return nil
  }

  mutating func append(_ record: OutgoingRecord) {
    if !record.isSettled.load(ordering: .acquiring) { mayBeUnsettled = true }
    records.append(record)
  }

  mutating func appendAhead(_ record: OutgoingRecord) {
    records.insert(record, at: head + ahead)
    ahead += 1
  }

  mutating func removeFirst() {
    records[head] = nil
    head += 1
    ahead = max(0, ahead - 1)
    guard isEmpty || (head >= 64 && head * 2 >= records.count) else { return }
    records.removeFirst(head)
    head = 0
  }

  mutating func removeAll() -> [OutgoingRecord] {
    let all = records[head...].compactMap(\.self)
    self = RecordQueue()
    return all
  }
}
