// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconTypes

/// The name of a status, `(UNKNOWN)` if it has none; never null, in storage that stays.
@c @implementation
public func zx_status_get_string(_ status: zx_status_t) -> UnsafePointer<CChar>? {
  let name = Status(rawValue: status).name
  // Safety: the text of a static string lies in the program itself, followed by a NUL.
  return unsafe UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
}
