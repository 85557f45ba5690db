import ArgumentParser
import Glibc
import SystemPackage

/// The working directory, if it still exists.
let workingDirectory: FilePath? = {
  guard let path = getcwd(nil, 0) else { return nil }
  defer { free(path) }
  return FilePath(String(cString: path))
}()

/// `path` as it is from everywhere.
func absolute(_ path: FilePath) -> FilePath {
  guard path.isRelative, let workingDirectory else { return path }
  return workingDirectory.pushing(path).lexicallyNormalized()
}

/// `folder` and the folders that it is in, the innermost first.
func ancestors(of folder: FilePath) -> [FilePath] {
  Array(sequence(first: folder) { $0.lastComponent == nil ? nil : $0.removingLastComponent() })
}

/// Whether there is something at `path`.
func exists(_ path: FilePath) -> Bool {
  access(path.string, F_OK) == 0
}

/// Whether `path` is a regular file, or a link to one.
func isRegularFile(_ path: FilePath) -> Bool {
  var record = stat()
  return stat(path.string, &record) == 0 && record.st_mode & S_IFMT == S_IFREG
}

/// Whether `path` is a regular file that this user may execute.
func isExecutableFile(_ path: FilePath) -> Bool {
  isRegularFile(path) && access(path.string, X_OK) == 0
}

/// The text of a small file, without the white space at its end; nil if it cannot be read.
func contents(of path: FilePath) -> String? {
  guard let file = try? FileDescriptor.open(path, .readOnly) else { return nil }
  let bytes = try? file.closeAfter {
    var bytes: [UInt8] = []
    while true {
      let chunk = try [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
        count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
      }
      guard !chunk.isEmpty else { return bytes }
      bytes += chunk
    }
  }
  guard let bytes else { return nil }
  let end = bytes.lastIndex { $0 > UInt8(ascii: " ") }.map { $0 + 1 } ?? 0
  return String(decoding: bytes[..<end], as: UTF8.self)
}

/// The value of an environment variable, if it is set to something.
func environment(_ name: String) -> String? {
  guard let value = getenv(name) else { return nil }
  let text = String(cString: value)
  return text.isEmpty ? nil : text
}

/// A new folder of this process, for a compiled program.
struct TemporaryFolder {
  let path: FilePath

  init() throws {
    let parent = environment("TMPDIR") ?? "/tmp"
    var template = Array((parent + "/zx-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else {
      throw complain("no temporary folder in \(parent): \(String(cString: strerror(errno)))")
    }
    path = template.withUnsafeBytes {
      FilePath(String(decoding: $0.dropLast(), as: UTF8.self))
    }
  }

  /// Removes the folder and the files in it.
  func remove() {
    if let folder = opendir(path.string) {
      while let entry = readdir(folder) {
        unlinkat(dirfd(folder), name(of: entry), 0)
      }
      closedir(folder)
    }
    rmdir(path.string)
  }

  private func name(of entry: UnsafeMutablePointer<dirent>) -> String {
    withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
  }
}
