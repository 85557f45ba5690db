import CLinux
import CZircon
import Glibc
import TestSupport
import ZirconKernel
import ZirconLinux

/// Has the other end of a socket, with the memory that both processes share, and writes anything there while
/// this end is used.
package struct SharedStateFuzzer {
  private var random: Choices
  /// The end that is used.
  private let socket: zx_handle_t
  /// What the other process has: the pair's descriptor, its memory, its bell.
  private let descriptors: [Int32]
  private let memory: UnsafeMutableRawBufferPointer
  private var plain: [Int32] = []

  /// Makes a socket, one end of which goes to a stranger.
  ///
  /// - Throws: `SetUpError`, `Status` if it cannot be made.
  package init(_ choices: Choices) throws {
    random = choices
    let stranger = try Stranger()
    var (here, there) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    guard zx_socket_create(UInt32(random.below(2)), &here, &there) == ZX_OK else {
      throw SetUpError("zx_socket_create")
    }
    let bytes = [UInt8](repeating: 1, count: 4096)
    for _ in 0..<random.below(3) {
      zx_socket_write(here, 0, bytes, random.below(4096), nil)
      zx_socket_write(there, 0, bytes, random.below(4096), nil)
    }
    guard zx_channel_write(stranger.channel, 0, nil, 0, &there, 1) == ZX_OK else {
      throw SetUpError("zx_channel_write")
    }
    socket = here
    descriptors = try stranger.takeDescriptors()
    var record = stat()
    guard descriptors.count == 3, fstat(descriptors[1], &record) == 0,
      let base = mmap(
        nil, record.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptors[1], 0),
      base != MAP_FAILED
    else { throw SetUpError("a socket of another form") }
    memory = UnsafeMutableRawBufferPointer(start: base, count: record.st_size)
  }

  /// Takes as many turns as the choices say, and closes everything.
  package mutating func run(turns: Int) {
    for turn in 0..<turns {
      if turn > 0 && random.hasEnded { break }
      if random.below(2) == 0 { spoil() } else { use() }
    }
    zx_handle_close(socket)
    munmap(memory.baseAddress, memory.count)
    for descriptor in descriptors + plain { Glibc.close(descriptor) }
  }

  /// Something that the other process may do.
  private mutating func spoil() {
    switch random.below(8) {
    case 0...3: storeWord(at: random.below(384 / 8) * 8)
    case 4: storeWord(at: random.below(memory.count / 8) * 8)
    case 5:
      let offset = random.below(memory.count - 256)
      memory.baseAddress?.advanced(by: offset).initializeMemory(
        as: UInt8.self, repeating: UInt8(random.below(256)), count: random.below(256))
    case 6:
      let bytes = [UInt8](repeating: 9, count: random.below(9000))
      send(descriptors[0], bytes, bytes.count, 0x4040)
    default:
      var bytes = [UInt8](repeating: 0, count: 9000)
      recv(descriptors[0], &bytes, random.below(9000), 0x40)
    }
    if random.below(4) == 0 { send(descriptors[2], "x", 1, 0x4040) }
  }

  private mutating func storeWord(at offset: Int) {
    let edges: [UInt64] = [0, 1, 0xFFFF_FFFF, .max, 1 << 38, 1 << 40, 1 << 41, 1 << 50]
    let word = random.below(2) == 0 ? random.pick(edges) : random.next()
    memory.storeBytes(of: word, toByteOffset: offset & ~7, as: UInt64.self)
  }

  /// Some call; whatever it answers.
  private mutating func use() {
    var buffer = [UInt8](repeating: 5, count: 8_192)
    var actual = 0
    switch random.below(11) {
    case 0, 1: zx_socket_write(socket, 0, buffer, random.below(8_192), &actual)
    case 2, 3:
      let options = UInt32(random.below(2)) * ZX_SOCKET_PEEK
      zx_socket_read(socket, options, &buffer, random.below(8_192), &actual)
    case 4: zx_socket_set_disposition(socket, UInt32(random.below(3)), UInt32(random.below(3)))
    case 5:
      var info = zx_info_socket_t()
      let size = MemoryLayout<zx_info_socket_t>.size
      zx_object_get_info(socket, UInt32(ZX_INFO_SOCKET), &info, size, nil, nil)
    case 6:
      var threshold = random.below(300_000)
      let property =
        random.below(2) == 0 ? ZX_PROP_SOCKET_RX_THRESHOLD : ZX_PROP_SOCKET_TX_THRESHOLD
      zx_object_set_property(socket, UInt32(property), &threshold, 8)
    case 7:
      var observed: zx_signals_t = 0
      let mask = zx_signals_t(truncatingIfNeeded: random.next())
      zx_object_wait_one(socket, mask, zx_deadline_after(1_000), &observed)
    case 8: zx_object_signal_peer(socket, 0, zx_signals_t(random.below(256)) << 24)
    case 9: zx_object_signal(socket, 0xFF00_0000, zx_signals_t(random.below(256)) << 24)
    default:
      var copy = ZX_HANDLE_INVALID
      zx_handle_duplicate(socket, ZX_RIGHT_SAME_RIGHTS, &copy)
      var number: Int32 = -1
      if random.below(4) == 0, fdio_fd_create(copy, &number) == ZX_OK {
        plain.append(number)
      } else {
        zx_handle_close(copy)
      }
    }
  }
}
