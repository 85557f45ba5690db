import CZircon
import Glibc
import TestSupport
import Testing

/// Descriptors of memory that the process has open.
private func memoryDescriptorCount() -> Int {
  (0..<1_024).count { linkTarget("/proc/self/fd/\($0)")?.hasPrefix("/memfd:zircon-vmo") == true }
}

private func limitDescriptors(to count: Int) throws {
  try lower(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), to: count)
}

/// Sets the soft limit of a resource.
private func lower(_ resource: __rlimit_resource_t, to count: Int) throws {
  var limit = rlimit()
  try #require(getrlimit(resource, &limit) == 0)
  limit.rlim_cur = rlim_t(count)
  try #require(setrlimit(resource, &limit) == 0)
}

/// Source: exhausted resources, and processes that fork; memory has a descriptor each.
///
/// Every body runs in a process of its own.
@Suite("memory and its process", .serialized) struct VmoProcessTests {
  @Test func `without a free descriptor zx_vmo_create is NO_MEMORY and the rest works`() async {
    await #expect(processExitsWith: .success) {
      let vmo = try OwnedHandle.vmo(8192, ZX_VMO_RESIZABLE)
      try limitDescriptors(to: lowestFreeDescriptor())
      for options in [0, ZX_VMO_RESIZABLE] {
        var handle: zx_handle_t = 77
        let status = zx_vmo_create(4096, options, &handle)
        #expect(status == ZX_ERR_NO_MEMORY || status == ZX_ERR_NO_RESOURCES)
        #expect(handle == 77)
      }
      var child: zx_handle_t = 77
      let copy = zx_vmo_create_child(vmo.value, ZX_VMO_CHILD_SNAPSHOT, 0, 4096, &child)
      #expect(copy == ZX_ERR_NO_MEMORY || copy == ZX_ERR_NO_RESOURCES)
      #expect(signals(of: vmo.value) == ZX_VMO_ZERO_CHILDREN)
      #expect(vmoWrite(vmo.value, 0, [1, 2]) == ZX_OK)
      #expect(try vmoBytes(vmo.value, 0, 2) == [1, 2])
      #expect(zx_vmo_set_size(vmo.value, 100_000) == ZX_OK)
      let map = try Mapped(vmo.value, 4096)
      #expect(try pointer(map.address)[1] == 2)
      #expect(isLive(zx_thread_self()) && isLive(zx_process_self()))
      var info = zx_info_thread_t()
      #expect(zx_object_get_info(zx_thread_self(), ZX_INFO_THREAD, &info, 72, nil, nil) == ZX_OK)
    }
  }

  @Test func `where files may not be so large, memory is NO_MEMORY, and nobody is killed`() async {
    await #expect(processExitsWith: .success) {
      let older = try OwnedHandle.vmo(1 << 20, ZX_VMO_RESIZABLE)
      try lower(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), to: 65_536)
      var handle: zx_handle_t = 77
      #expect(zx_vmo_create(1 << 20, 0, &handle) == ZX_ERR_NO_MEMORY)
      #expect(handle == 77)
      #expect(zx_vmo_set_size(older.value, 2 << 20) == ZX_ERR_NO_MEMORY)
      #expect(vmoWrite(older.value, 1 << 19, [1]) == ZX_ERR_NO_MEMORY)
      #expect(vmoWrite(older.value, 65_535, [1]) == ZX_OK)
      #expect(try vmoBytes(older.value, 1 << 19, 1) == [0])
      let fresh = try OwnedHandle.vmo(65_536)
      #expect(vmoWrite(fresh.value, 65_535, [1]) == ZX_OK)
    }
  }

  @Test func `more than the machine has is not committed`() throws {
    let vmo = try OwnedHandle.vmo(1 << 46)
    let commit = zx_vmo_op_range(vmo.value, ZX_VMO_OP_COMMIT, 0, 1 << 46, nil, 0)
    #expect(commit == ZX_ERR_NO_MEMORY)
    #expect(zx_vmo_op_range(vmo.value, ZX_VMO_OP_COMMIT, 0, 8192, nil, 0) == ZX_OK)
  }

  @Test func `a forked child has none of it, and makes its own`() async {
    await #expect(processExitsWith: .success) {
      let vmo = try OwnedHandle.vmo(4096)
      let clock = try {
        var clock = ZX_HANDLE_INVALID
        try #require(zx_clock_create(0, nil, &clock) == ZX_OK)
        return clock
      }()
      let root = zx_vmar_root_self()
      #expect(memoryDescriptorCount() == 1)
      let child = forkAtRest()
      if child == 0 {
        let isEmpty = memoryDescriptorCount() == 0
        let isFresh = !isLive(vmo.value) && !isLive(clock) && !isLive(root)
        var own = ZX_HANDLE_INVALID
        var address: zx_vaddr_t = 0
        let works =
          zx_vmo_create(4096, 0, &own) == ZX_OK && vmoWrite(own, 0, [9]) == ZX_OK
          && zx_vmar_map(zx_vmar_root_self(), readWrite, 0, own, 0, 4096, &address) == ZX_OK
          && UnsafePointer<UInt8>(bitPattern: address)?.pointee == 9
        _exit((isEmpty ? 0 : 1) + (isFresh ? 0 : 2) + (works ? 0 : 4))
      }
      var status: Int32 = -1
      #expect(waitpid(child, &status, 0) == child)
      #expect(status == 0)
      #expect(vmoWrite(vmo.value, 0, [1]) == ZX_OK)
      #expect(memoryDescriptorCount() == 1)
      #expect(zx_handle_close(clock) == ZX_OK)
    }
  }

  @Test func `memory does not outlive exec`() async {
    await #expect(processExitsWith: .success) {
      let vmo = try OwnedHandle.vmo(4096)
      let number = try #require(
        (0..<1_024).first { linkTarget("/proc/self/fd/\($0)")?.hasPrefix("/memfd:") == true })
      #expect(fcntl(Int32(number), F_GETFD) & FD_CLOEXEC != 0)
      #expect(isLive(vmo.value))
    }
  }

  @Test func `memory of a fixed size is sealed`() async {
    await #expect(processExitsWith: .success) {
      let vmo = try OwnedHandle.vmo(4096)
      let number = try #require(
        (0..<1_024).first { linkTarget("/proc/self/fd/\($0)")?.hasPrefix("/memfd:") == true })
      #expect(ftruncate(Int32(number), 0) == -1)
      #expect(ftruncate(Int32(number), 1 << 20) == -1)
      #expect(vmoSize(vmo.value) == 4096)
    }
  }
}
