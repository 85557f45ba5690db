import Glibc
import TestSupport

/// A folder of a test's own, with a path in it to serve at; gone with its owner.
final class MeetingFolder: Sendable {
  private let folder: String
  /// Where nobody serves yet.
  let path: String

  /// Makes it, for everybody to enter if `isOpen`.
  ///
  /// - Throws: `SetUpError` if there is no room.
  init(name: String = "s", isOpen: Bool = false) throws {
    var template = Array("/tmp/zircon-meeting-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SetUpError("mkdtemp") }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    path = folder + "/" + name
    guard chmod(folder, isOpen ? 0o755 : 0o700) == 0 else { throw SetUpError("chmod") }
  }

  deinit {
    unlink(path)
    rmdir(folder)
  }
}
