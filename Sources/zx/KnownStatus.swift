import CZircon

/// A status that has a name.
struct KnownStatus {
  let number: zx_status_t
  let name: String
  let meaning: String

  /// All of them, from `ZX_OK` on.
  static let all: [KnownStatus] = meanings.keys.sorted(by: >).compactMap { number in
    guard let meaning = meanings[number] else { return nil }
    return KnownStatus(
      number: number, name: String(cString: zx_status_get_string(number)), meaning: meaning)
  }

  /// The status with this number or name.
  init?(_ text: String) {
    let name = text.uppercased()
    let number = zx_status_t(text) ?? Self.bits(of: name)
    let found = Self.all.first {
      $0.number == number || [name, "ZX_\(name)", "ZX_ERR_\(name)"].contains($0.name)
    }
    guard let found else { return nil }
    self = found
  }

  private init(number: zx_status_t, name: String, meaning: String) {
    self.number = number
    self.name = name
    self.meaning = meaning
  }

  /// The status whose bits are this unsigned number, hexadecimal with 0X or decimal.
  private static func bits(of text: String) -> zx_status_t? {
    let bits = text.hasPrefix("0X") ? UInt32(text.dropFirst(2), radix: 16) : UInt32(text)
    return bits.map(zx_status_t.init(bitPattern:))
  }

  private static let meanings: [zx_status_t: String] = [
    0: "The call did what it was asked.",
    -1: "The system failed in a way that it does not explain.",
    -2: "This is not implemented, not supported or not enabled here.",
    -3: "The system has too little of a resource, other than memory, for this.",
    -4: "The system has too little memory for this.",
    -6: "A wait was interrupted and is to be tried again; programs never see this.",
    -10: "An argument is invalid, or a pointer is bad.",
    -11: "The value does not name an open handle.",
    -12: "The handle names an object of another type than this call takes.",
    -13: "There is no system call with this number.",
    -14: "An argument is outside the range that is valid for this operation.",
    -15: "The caller's buffer is too small for the result.",
    -20: "The object is in a state in which this cannot be done.",
    -21: "The deadline passed before the operation was complete.",
    -22: "This cannot be done right now, but may succeed later: wait for a signal and try again.",
    -23: "The operation was given up, for example because the handle was closed meanwhile.",
    -24: "The other end of the pair is closed.",
    -25: "What was asked for does not exist.",
    -26: "An object with this name or at this place exists already.",
    -27: "The operation needs something that another owner holds already.",
    -28: "The service that is to do this is not available.",
    -30: "The handle, or the caller, has not the right to do this.",
    -40: "Input or output failed.",
    -41: "The device refused the input or output operation.",
    -42: "The data that was read is damaged: a checksum does not match.",
    -43: "The data is lost and cannot be read.",
    -44: "The device is not there, or has been taken away.",
    -45: "More data arrived than the device or driver could take.",
    -46: "The operation missed the deadline that it was given.",
    -47: "The data or the parameters of the operation are invalid for the device.",
    -50: "A path is too long or is not well formed.",
    -51: "The object is not a directory.",
    -52: "The object is not a file.",
    -53: "The file is larger than this file system takes.",
    -54: "The file system has no space left.",
    -55: "The directory is not empty.",
    -60: "Told to a caller of a callback: do not call again. No system call answers this.",
    -61: "Told to a caller of a callback: go on with the next. No system call answers this.",
    -62: "The operation goes on, its end is told elsewhere. No system call answers this.",
    -70: "The network protocol is not supported.",
    -71: "The address cannot be reached.",
    -72: "The address is in use.",
    -73: "The socket is not connected.",
    -74: "The other side refused the connection.",
    -75: "The other side reset the connection.",
    -76: "The connection was given up.",
  ]
}
