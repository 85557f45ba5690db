import Glibc

/// One line on standard error that is written over and over, if that is a terminal.
struct ProgressLine {
  private let isShown = isatty(STDERR_FILENO) == 1

  /// Shows `text` in place of what was there.
  func show(_ text: String) {
    guard isShown else { return }
    writeError("\r\u{1B}[K" + text)
  }

  /// Leaves an empty line.
  func clear() {
    show("")
  }
}
