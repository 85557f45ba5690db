import ZirconKernel
public import ZirconTypes

/// What a handle is for that a program was started with, and a number that goes with it: `PA_HND`.
public struct StartupPurpose: RawRepresentable, Hashable, Sendable {
  /// The kind in the lowest eight bits, the number in the upper sixteen.
  public let rawValue: UInt32

  /// Wraps a number that `PA_HND` has made.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  private init(type: UInt32, _ argument: UInt16) {
    self.init(rawValue: type | UInt32(argument) << 16)
  }

  /// A file, and its descriptor: `PA_FD`.
  public static func fd(_ number: UInt16) -> StartupPurpose { StartupPurpose(type: 0x30, number) }
  /// The first kind that is free for programs: `PA_USER0`.
  public static func user0(_ number: UInt16 = 0) -> StartupPurpose {
    StartupPurpose(type: 0xF0, number)
  }
  /// The second kind that is free for programs: `PA_USER1`.
  public static func user1(_ number: UInt16 = 0) -> StartupPurpose {
    StartupPurpose(type: 0xF1, number)
  }
  /// The third kind that is free for programs: `PA_USER2`.
  public static func user2(_ number: UInt16 = 0) -> StartupPurpose {
    StartupPurpose(type: 0xF2, number)
  }
}

/// The handles that whoever started this program has given it, each to be taken once.
public enum StartupHandles {
  /// Takes the handle that is for `purpose`, the first of several; never blocks.
  ///
  /// - Throws: `notFound` if there is none, or none any more.
  ///
  /// Source: `zx_take_startup_handle`.
  public static func take(_ purpose: StartupPurpose) throws(Status) -> Handle {
    guard let taken = try Kernel.current.takeStartupHandle(purpose.rawValue) else {
      throw .notFound
    }
    return Handle(adopting: Handle.Value(taken))
  }

  /// Takes the handle that is for `purpose`, as that of an object of type `Object`, which the object's
  /// calls will judge.
  ///
  /// - Throws: `notFound` if there is none, or none any more.
  ///
  /// Source: `zx_take_startup_handle`.
  public static func take<Object: KernelObject & ~Copyable>(
    _ purpose: StartupPurpose, as type: Object.Type
  ) throws(Status) -> Object {
    Object(try take(purpose))
  }
}
