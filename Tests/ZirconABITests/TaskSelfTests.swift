import CZircon
import Glibc
import TestSupport
import Testing

/// The accessors of the handles a process is born with.
private struct SelfHandle: Sendable, CustomTestStringConvertible {
  let name: String
  let type: zx_obj_type_t
  let rights: zx_rights_t
  let get: @Sendable () -> zx_handle_t

  var testDescription: String { name }

  static let all = [
    SelfHandle(
      name: "zx_process_self", type: ZX_OBJ_TYPE_PROCESS, rights: ZX_DEFAULT_PROCESS_RIGHTS,
      get: zx_process_self),
    SelfHandle(
      name: "zx_job_default", type: ZX_OBJ_TYPE_JOB, rights: ZX_DEFAULT_JOB_RIGHTS,
      get: zx_job_default),
    SelfHandle(
      name: "zx_thread_self", type: ZX_OBJ_TYPE_THREAD, rights: ZX_DEFAULT_THREAD_RIGHTS,
      get: zx_thread_self),
  ]
}

/// Source: the accessors of `zircon/process.h`.
@Suite("zx_process_self, zx_thread_self, zx_job_default") struct TaskSelfTests {
  @Test(arguments: SelfHandle.all)
  private func `the same live handle every time`(own: SelfHandle) {
    let handle = own.get()
    #expect(handle & 3 == 3)
    #expect(own.get() == handle)
    #expect(isLive(handle))
  }

  @Test(arguments: SelfHandle.all)
  private func `type, rights and a koid that stays`(own: SelfHandle) throws {
    let info = try basicInfo(of: own.get())
    #expect(info.type == own.type)
    #expect(info.rights == own.rights)
    #expect(info.koid >= ZX_KOID_FIRST)
    #expect(try basicInfo(of: own.get()).koid == info.koid)
  }

  @Test(arguments: SelfHandle.all)
  private func `a duplicate names the same object and can be closed`(own: SelfHandle) throws {
    let handle = own.get()
    let koid = try basicInfo(of: handle).koid
    let before = try handleCount(of: handle)
    do {
      let copy = try OwnedHandle(duplicating: handle)
      #expect(copy.value != handle)
      #expect(try basicInfo(of: copy.value).koid == koid)
    }
    #expect(try handleCount(of: handle) <= before + 8)
    #expect(isLive(handle))
  }

  @Test func `a thread belongs to the process, and that to the job`() throws {
    let process = try basicInfo(of: zx_process_self())
    let job = try basicInfo(of: zx_job_default())
    #expect(try basicInfo(of: zx_thread_self()).related_koid == process.koid)
    #expect(process.related_koid == job.koid)
    #expect(job.related_koid == 0)
    #expect(process.koid != job.koid)
  }

  @Test func `signals of a process and a thread at work`() {
    #expect(signals(of: zx_process_self()) & ZX_PROCESS_TERMINATED == 0)
    let thread = signals(of: zx_thread_self())
    #expect(thread & (ZX_THREAD_RUNNING | ZX_THREAD_TERMINATED) == ZX_THREAD_RUNNING)
    #expect(signals(of: zx_job_default()) & ZX_JOB_TERMINATED == 0)
  }

  @Test func `user signals can be set on them, others not`() throws {
    let process = zx_process_self()
    #expect(zx_object_signal(process, 0, ZX_USER_SIGNAL_3) == ZX_OK)
    #expect(signals(of: process) & ZX_USER_SIGNAL_3 != 0)
    #expect(zx_object_signal(process, ZX_USER_SIGNAL_3, 0) == ZX_OK)
    #expect(zx_object_signal(process, 0, ZX_PROCESS_TERMINATED) == ZX_ERR_INVALID_ARGS)
    #expect(zx_object_signal_peer(process, 0, ZX_USER_SIGNAL_3) == ZX_ERR_ACCESS_DENIED)
  }

  @Test func `each thread has its own`() throws {
    let mine = zx_thread_self()
    let thread = try TestThread { () -> (zx_handle_t, zx_handle_t, UInt64) in
      let koid = (try? basicInfo(of: zx_thread_self()))?.koid ?? 0
      return (zx_thread_self(), zx_thread_self(), koid)
    }
    let (first, second, koid) = try #require(thread.join())
    #expect(first == second)
    #expect(first != mine)
    #expect(koid != 0)
    #expect(try basicInfo(of: mine).koid != koid)
  }

  @Test func `the handle of a thread dies with it, and its copies show TERMINATED`() throws {
    let copied = Latch()
    let thread = try TestThread { () -> (zx_handle_t, zx_handle_t) in
      var copy = ZX_HANDLE_INVALID
      _ = zx_handle_duplicate(zx_thread_self(), ZX_RIGHT_SAME_RIGHTS, &copy)
      copied.open()
      return (zx_thread_self(), copy)
    }
    #expect(copied.wait())
    let (lent, copied2) = try #require(thread.join())
    let copy = OwnedHandle(owning: copied2)
    let terminated = ZX_THREAD_TERMINATED
    #expect(zx_object_wait_one(copy.value, terminated, farDeadline(), nil) == ZX_OK)
    #expect(signals(of: copy.value) == terminated)
    #expect(!isLive(lent))
  }

  @Test func `a call for sockets on them is WRONG_TYPE`() {
    for own in SelfHandle.all {
      #expect(zx_socket_write(own.get(), 0, nil, 0, nil) == ZX_ERR_WRONG_TYPE)
    }
  }

  // In a process of its own: a child forked beside other tests may find ThreadSanitizer's locks taken.
  @Test func `a forked child has objects of its own`() async {
    await #expect(processExitsWith: .success) {
      let parent = (zx_process_self(), zx_thread_self())
      let code = try forked {
        let fresh = !isLive(parent.0) && !isLive(parent.1)
        let own = isLive(zx_process_self()) && isLive(zx_thread_self()) && isLive(zx_job_default())
        return (fresh ? 0 : 1) + (own ? 0 : 2)
      }
      #expect(code == 0)
      #expect(isLive(parent.0) && isLive(parent.1))
    }
  }
}
