// A process that performs calls by order of a test, for tests with objects whose ends are in two processes.
//
// With the name of a role as its argument, it plays that instead, until it is killed.
//
// Each connection has a thread, which performs one call after the other. The process ends with the test's.

import Glibc
import TestSupport
import TwoEnds

signal(SIGPIPE, SIG_IGN)

if CommandLine.arguments.count > 1 { try play(CommandLine.arguments) }

/// Threads, kept for as long as the process.
var services: [TestThread<Bool>] = []

let watch = try TestThread {
  var byte: UInt8 = 0
  while read(PeerDescriptor.life, &byte, 1) < 0 && errno == EINTR {}
  _exit(0)
}

while true {
  let connection = accept(PeerDescriptor.listener, nil, nil)
  guard connection >= 0 else { continue }
  services.append(
    try TestThread {
      var arena = Arena()
      while let order = PeerMessage.receive(connection) {
        guard perform(order, &arena).send(connection) else { break }
      }
      close(connection)
      return true
    })
}
