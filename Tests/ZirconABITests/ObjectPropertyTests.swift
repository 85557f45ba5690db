import CZircon
import Testing

/// Source: `zx_object_get_property` and `zx_object_set_property`, checks in order.
///
/// The thresholds themselves have their own file.
@Suite("zx_object_get_property, zx_object_set_property") struct ObjectPropertyTests {
  private static let receive = ZX_PROP_SOCKET_RX_THRESHOLD
  private static let unknown: [UInt32] = [0, 1, 99, 0x1000_000C, UInt32.max]

  @Test(arguments: [0, 1, 8, 32, Int.max])
  func `NULL is INVALID_ARGS, even with size 0 and on a bad handle`(size: Int) {
    for property in [Self.receive, ZX_PROP_NAME, 0] {
      #expect(zx_object_get_property(0, property, nil, size) == ZX_ERR_INVALID_ARGS)
      #expect(zx_object_set_property(0, property, nil, size) == ZX_ERR_INVALID_ARGS)
    }
  }

  @Test(arguments: unknown + [receive, ZX_PROP_NAME], [0, 8, 32])
  func `a bad handle is BAD_HANDLE, before the property and the size`(
    property: UInt32, size: Int
  ) throws {
    var value = [UInt8](repeating: 0xCC, count: 32)
    for handle in [ZX_HANDLE_INVALID, try staleHandle()] {
      #expect(zx_object_get_property(handle, property, &value, size) == ZX_ERR_BAD_HANDLE)
      #expect(zx_object_set_property(handle, property, &value, size) == ZX_ERR_BAD_HANDLE)
    }
    #expect(value.allSatisfy { $0 == 0xCC })
  }

  @Test(arguments: unknown + [receive, ZX_PROP_NAME], [0, 8, 32])
  func `no property right is ACCESS_DENIED, before the property and the size`(
    property: UInt32, size: Int
  ) throws {
    let pair = try SocketPair(.stream)
    let reduced = try OwnedHandle(
      duplicating: pair.writer, rights: ZX_DEFAULT_SOCKET_RIGHTS & ~ZX_RIGHTS_PROPERTY)
    var value = [UInt8](repeating: 0xCC, count: 32)
    let handle = reduced.value
    #expect(zx_object_get_property(handle, property, &value, size) == ZX_ERR_ACCESS_DENIED)
    #expect(zx_object_set_property(handle, property, &value, size) == ZX_ERR_ACCESS_DENIED)
    #expect(value.allSatisfy { $0 == 0xCC })
  }

  @Test func `the two rights are separate`() throws {
    let pair = try SocketPair(.stream)
    let getter = try OwnedHandle(duplicating: pair.writer, rights: ZX_RIGHT_GET_PROPERTY)
    let setter = try OwnedHandle(duplicating: pair.writer, rights: ZX_RIGHT_SET_PROPERTY)
    #expect(setThreshold(setter.value, Self.receive, 5) == ZX_OK)
    #expect(setThreshold(getter.value, Self.receive, 6) == ZX_ERR_ACCESS_DENIED)
    #expect(threshold(of: getter.value, Self.receive) == 5)
    #expect(threshold(of: setter.value, Self.receive) == nil)
  }

  @Test(arguments: unknown + [receive, ZX_PROP_NAME])
  func `events and eventpairs have no property right: ACCESS_DENIED`(property: UInt32) throws {
    let event = try OwnedHandle.event()
    let pair = try EventPair()
    var value = [UInt8](repeating: 0xCC, count: 32)
    for handle in [event.value, pair.first] {
      #expect(zx_object_get_property(handle, property, &value, 32) == ZX_ERR_ACCESS_DENIED)
      #expect(zx_object_set_property(handle, property, &value, 32) == ZX_ERR_ACCESS_DENIED)
    }
  }

  @Test(arguments: unknown, [0, 8, 32])
  func `an unknown property is NOT_SUPPORTED, before the size`(property: UInt32, size: Int) throws {
    let pair = try SocketPair(.stream)
    var value = [UInt8](repeating: 0xCC, count: 32)
    let handle = pair.writer
    #expect(zx_object_get_property(handle, property, &value, size) == ZX_ERR_NOT_SUPPORTED)
    #expect(zx_object_set_property(handle, property, &value, size) == ZX_ERR_NOT_SUPPORTED)
    #expect(value.allSatisfy { $0 == 0xCC })
  }

  @Test func `a socket has no name: WRONG_TYPE`() throws {
    let pair = try SocketPair(.stream)
    var name = [UInt8](repeating: 0xCC, count: 32)
    #expect(zx_object_get_property(pair.writer, ZX_PROP_NAME, &name, 32) == ZX_ERR_WRONG_TYPE)
    #expect(name.allSatisfy { $0 == 0xCC })
    for size in [0, 8, 32] {
      #expect(zx_object_set_property(pair.writer, ZX_PROP_NAME, &name, size) == ZX_ERR_WRONG_TYPE)
    }
  }

  @Test(arguments: [0, 1, 31])
  func `getting a name judges the size before the type`(size: Int) throws {
    let pair = try SocketPair(.stream)
    var name = [UInt8](repeating: 0xCC, count: 32)
    let status = zx_object_get_property(pair.writer, ZX_PROP_NAME, &name, size)
    #expect(status == ZX_ERR_BUFFER_TOO_SMALL)
    #expect(name.allSatisfy { $0 == 0xCC })
  }

  @Test func `setting without the right and size 0 is ACCESS_DENIED`() throws {
    let pair = try SocketPair(.stream)
    let reduced = try OwnedHandle(
      duplicating: pair.writer, rights: ZX_DEFAULT_SOCKET_RIGHTS & ~ZX_RIGHT_SET_PROPERTY)
    var byte: UInt8 = 0
    let status = zx_object_set_property(reduced.value, ZX_PROP_NAME, &byte, 0)
    #expect(status == ZX_ERR_ACCESS_DENIED)
  }

  /// Properties that are numbers and can be got and set, and the type of object that has each.
  private static let numbers: [(property: UInt32, owner: zx_obj_type_t, size: Int)] = [
    (ZX_PROP_REGISTER_GS, ZX_OBJ_TYPE_THREAD, 8), (ZX_PROP_REGISTER_FS, ZX_OBJ_TYPE_THREAD, 8),
    (ZX_PROP_PROCESS_DEBUG_ADDR, ZX_OBJ_TYPE_PROCESS, 8),
    (ZX_PROP_PROCESS_BREAK_ON_LOAD, ZX_OBJ_TYPE_PROCESS, 8),
    (ZX_PROP_SOCKET_RX_THRESHOLD, ZX_OBJ_TYPE_SOCKET, 8),
    (ZX_PROP_SOCKET_TX_THRESHOLD, ZX_OBJ_TYPE_SOCKET, 8),
    (ZX_PROP_VMO_CONTENT_SIZE, ZX_OBJ_TYPE_VMO, 8),
    (ZX_PROP_EXCEPTION_STATE, ZX_OBJ_TYPE_EXCEPTION, 4),
    (ZX_PROP_STREAM_MODE_APPEND, ZX_OBJ_TYPE_STREAM, 1),
  ]

  @Test func `the type of a number is judged before its size`() throws {
    let pair = try SocketPair(.stream)
    let vmo = try OwnedHandle.vmo(4096)
    var value = [UInt8](repeating: 0, count: 8)
    let handles = [
      pair.writer, vmo.value, zx_process_self(), zx_thread_self(), zx_job_default(),
    ]
    for handle in handles {
      let type = try basicInfo(of: handle).type
      for (property, owner, size) in Self.numbers {
        for given in 0..<size {
          let expected = type == owner ? ZX_ERR_BUFFER_TOO_SMALL : ZX_ERR_WRONG_TYPE
          #expect(zx_object_get_property(handle, property, &value, given) == expected)
          #expect(zx_object_set_property(handle, property, &value, given) == expected)
        }
        if type != owner {
          #expect(zx_object_get_property(handle, property, &value, size) == ZX_ERR_WRONG_TYPE)
          #expect(zx_object_set_property(handle, property, &value, size) == ZX_ERR_WRONG_TYPE)
        }
      }
    }
  }

  @Test(arguments: [0, 7, 8, 32])
  func `what can only be set or only be got is NOT_SUPPORTED the other way`(size: Int) throws {
    let pair = try SocketPair(.stream)
    let vmo = try OwnedHandle.vmo(4096)
    var value = [UInt8](repeating: 0xCC, count: 32)
    let handles = [
      pair.writer, vmo.value, zx_process_self(), zx_thread_self(), zx_job_default(),
    ]
    for handle in handles {
      let got = zx_object_get_property(handle, ZX_PROP_JOB_KILL_ON_OOM, &value, size)
      #expect(got == ZX_ERR_NOT_SUPPORTED)
      for property in [
        ZX_PROP_PROCESS_VDSO_BASE_ADDRESS, ZX_PROP_PROCESS_HW_TRACE_CONTEXT_ID,
      ] {
        let set = zx_object_set_property(handle, property, &value, size)
        #expect(set == ZX_ERR_NOT_SUPPORTED)
      }
    }
    #expect(value.allSatisfy { $0 == 0xCC })
  }

  @Test func `what can only be set or only be got is WRONG_TYPE the right way elsewhere`() throws {
    let pair = try SocketPair(.stream)
    var value: UInt64 = 0
    let handle = pair.writer
    #expect(
      zx_object_set_property(handle, ZX_PROP_JOB_KILL_ON_OOM, &value, 8) == ZX_ERR_WRONG_TYPE)
    for property in [ZX_PROP_PROCESS_VDSO_BASE_ADDRESS, ZX_PROP_PROCESS_HW_TRACE_CONTEXT_ID] {
      #expect(zx_object_get_property(handle, property, &value, 8) == ZX_ERR_WRONG_TYPE)
    }
  }
}
