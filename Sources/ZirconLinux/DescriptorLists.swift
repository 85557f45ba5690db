import Glibc

/// Descriptors to be sent to another process, lent by objects that this list keeps alive.
///
/// Sending needs no copy: Linux takes its own reference to what a number stands for. Once sent, or given
/// up, the list goes, and with it what only the list still kept.
package struct LentDescriptors {
  /// The numbers, in the order in which they arrive.
  private(set) var numbers: [Int32] = []
  private var lenders: [AnyObject] = []

  package init() {}

  package var count: Int { numbers.count }

  /// Adds a descriptor that `lender` owns.
  package mutating func append(_ descriptor: borrowing Descriptor, of lender: AnyObject) {
    numbers.append(descriptor.number)
    lenders.append(lender)
  }

  /// Adds all of `other` behind those here.
  package mutating func append(contentsOf other: LentDescriptors) {
    numbers += other.numbers
    lenders += other.lenders
  }

  /// Takes the first `count`.
  package mutating func take(_ count: Int) -> LentDescriptors {
    var some = LentDescriptors()
    some.numbers = Array(numbers.prefix(count))
    some.lenders = Array(lenders.prefix(count))
    numbers.removeFirst(some.count)
    lenders.removeFirst(some.count)
    return some
  }

  /// Most descriptors that one message carries: `SCM_MAX_FD`.
  package static var maxCount: Int { 253 }
}

/// Descriptors that have come from another process: whoever has use for one takes it, the others are closed.
package struct ReceivedDescriptors: ~Copyable {
  private var numbers: [Int32]
  private var taken = 0

  /// None.
  package init() {
    numbers = []
  }

  /// Takes over `numbers`, all of which are in `DescriptorSet`.
  init(adopting numbers: [Int32]) {
    self.numbers = numbers
  }

  deinit {
    for number in numbers[taken...] { _ = Descriptor(adopting: number) }
  }

  /// How many are left.
  package var count: Int { numbers.count - taken }

  /// Takes the next `count`, or as many as there are.
  package mutating func take(_ count: Int) -> ReceivedDescriptors {
    let end = taken + min(max(count, 0), self.count)
    let some = ReceivedDescriptors(adopting: Array(numbers[taken..<end]))
    taken = end
    return some
  }

  /// Takes all that are left.
  package mutating func takeAll() -> ReceivedDescriptors { take(count) }

  /// Adds all of `other` behind those here.
  package mutating func append(_ other: consuming ReceivedDescriptors) {
    var other = other
    numbers += other.numbers[other.taken...]
    other.taken = other.numbers.count
  }

  /// Takes the next one.
  package mutating func takeFirst() -> Descriptor? {
    guard taken < numbers.count else { return nil }
    taken += 1
    return Descriptor(adopting: numbers[taken - 1])
  }
}
