import CLinux
import Glibc

/// Threads of this process: the directory of each below `/proc`.
package func linuxThreads() -> [String] {
  guard let folder = opendir("/proc/self/task") else { return [] }
  defer { closedir(folder) }
  var threads: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if Int(name) != nil { threads.append("/proc/self/task/\(name)") }
  }
  return threads
}

/// Waits until all threads of the process but the calling one sleep, at most five seconds.
///
/// Then none of them is about to give a lock back, to open or to close anything.
func waitUntilOthersRest() {
  let own = linkTarget("/proc/thread-self")?.split(separator: "/").last.map(String.init) ?? ""
  var restsInARow = 0
  _ = poll(within: 5) {
    let others = linuxThreads().filter { !$0.hasSuffix("/\(own)") }
    let areAsleep = others.allSatisfy { isThreadAsleep($0, mayWaitForLock: true) }
    restsInARow = areAsleep ? restsInARow + 1 : 0
    return restsInARow == 3
  }
}

/// Whether the thread with this directory below `/proc` sleeps.
///
/// One that sleeps until a lock is free is on its way to where it means to wait; it counts only with
/// `mayWaitForLock`.
package func isThreadAsleep(_ directory: String, mayWaitForLock: Bool = false) -> Bool {
  // The state follows the name, which is in parentheses and may hold some itself.
  guard let line = firstLine("\(directory)/stat"), let nameEnd = line.lastIndex(of: ")"),
    line[nameEnd...].dropFirst(2).first == "S"
  else { return false }
  // Who may not look into another process takes every sleep for a wait.
  guard let call = firstLine("\(directory)/syscall") else { return true }
  return !call.hasPrefix("running") && (mayWaitForLock || !isForLock(call))
}

/// Whether a system call, as `/proc` shows it, waits for a lock: of the C library, of Swift's, of a
/// sanitizer's or of ours.
private func isForLock(_ call: String) -> Bool {
  let words = call.split(separator: " ").map { word in
    word.hasPrefix("0x") ? UInt(word.dropFirst(2), radix: 16) : UInt(word)
  }
  guard words.count > 3, words[0] == UInt(SYS_futex), let flags = words[2], let value = words[3]
  else { return false }
  let (wait, lock, lock2, waitBits) = (UInt(0), UInt(6), UInt(13), UInt(9))
  let (isPrivate, isRealTime) = (flags & 128 != 0, flags & 256 != 0)
  switch flags & 127 {
  case wait, lock, lock2: return true
  // Ours: a call of Zircon's that waits sleeps while its word is 1, locks and the gate of fork on other words.
  case waitBits: return isPrivate && !isRealTime && UInt32(truncatingIfNeeded: value) != 1
  default: return false
  }
}

private func firstLine(_ path: String) -> String? {
  guard let file = fopen(path, "r") else { return nil }
  defer { fclose(file) }
  var line = [UInt8](repeating: 0, count: 512)
  let byteCount = fread(&line, 1, line.count, file)
  guard byteCount > 0 else { return nil }
  return String(decoding: line.prefix(byteCount).prefix { $0 != 10 }, as: UTF8.self)
}
