import CZircon
import Glibc
import Testing

/// Source: the calls that tell facts about the machine.
@Suite("zx_system_get_*") struct SystemTests {
  @Test func `the page size is Linux's, a power of two`() {
    let size = zx_system_get_page_size()
    #expect(Int(size) == sysconf(Int32(_SC_PAGESIZE)))
    #expect(size.nonzeroBitCount == 1)
  }

  @Test func `the number of CPUs is at least 1 and constant`() {
    let count = zx_system_get_num_cpus()
    #expect(count >= 1)
    #expect(zx_system_get_num_cpus() == count)
    #expect(Int(count) <= sysconf(Int32(_SC_NPROCESSORS_CONF)))
  }

  @Test func `physical memory is constant and what Linux says`() {
    let bytes = zx_system_get_physmem()
    let pages = UInt64(sysconf(Int32(_SC_PHYS_PAGES)))
    #expect(bytes == pages * UInt64(zx_system_get_page_size()))
    #expect(zx_system_get_physmem() == bytes)
  }

  @Test func `the cache line size is a power of two`() {
    #expect(zx_system_get_dcache_line_size().nonzeroBitCount == 1)
  }

  @Test func `the version is UTF-8, ends with NUL and is the same on every call`() throws {
    let version = zx_system_get_version_string()
    let text = try #require(version.c_str)
    #expect(version.length >= 4)
    #expect(strlen(text) == version.length)
    #expect(String(validatingCString: text) != nil)
    let again = zx_system_get_version_string()
    #expect(again.c_str == version.c_str)
    #expect(again.length == version.length)
  }
}
