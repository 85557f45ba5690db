import Glibc
import Testing
import ZirconLinux

/// Source: errno(3), send(2).
@Suite("Errno") struct ErrnoTests {
  @Test(arguments: [0, 1, 264_160, Int.max])
  func `an answer that is no error is handed on`(answer: Int) throws {
    #expect(try Errno.check(answer) == answer)
  }

  @Test(arguments: [EPERM, EFAULT, EAGAIN, EPIPE, 4_095])
  func `minus a number is thrown as that error`(number: Int32) {
    #expect(throws: Errno(rawValue: number)) { try Errno.check(-Int(number)) }
  }

  @Test func `exactly four errors mean that Linux has no room for a message`() {
    let refusals = (0...200 as ClosedRange<Int32>).filter { Errno(rawValue: $0).isRefusal }
    #expect(Set(refusals) == [EAGAIN, ENOMEM, EMSGSIZE, ENOBUFS])
  }

  @Test func `names stand for their numbers`() {
    let named: [(Errno, Int32)] = [
      (.badAddress, 14), (.again, 11), (.interrupted, 4), (.timedOut, 110),
      (.connectionReset, 104), (.noMemory, 12), (.tooManyFiles, 24),
    ]
    for (error, number) in named { #expect(error.rawValue == number) }
  }
}
