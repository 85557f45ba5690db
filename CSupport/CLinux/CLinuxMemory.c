#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* Older than both: Linux 4.17 has it. */
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

long clinux_memory_create(uint64_t size, int fixed) {
  long fd = clinux_call6(SYS_memfd_create, (long)"zircon-vmo", MFD_CLOEXEC | MFD_ALLOW_SEALING, 0, 0,
                         0, 0);
  if (fd < 0) return fd;
  long result = clinux_memory_resize((int)fd, size);
  int seals = fixed ? F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW : F_SEAL_SEAL;
  if (result == 0) result = clinux_call6(SYS_fcntl, fd, F_ADD_SEALS, seals, 0, 0, 0);
  if (result == 0) return fd;
  clinux_call6(SYS_close, fd, 0, 0, 0, 0, 0);
  return result;
}

/* Whether a file of the process may have a byte there: where not, Linux would send SIGXFSZ. */
static bool is_within_limit(uint64_t end) {
  struct rlimit64 limit;
  return clinux_call6(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&limit, 0, 0) != 0 ||
         end <= limit.rlim_cur;
}

long clinux_memory_resize(int fd, uint64_t size) {
  if (!is_within_limit(size)) return -ENOMEM;
  return clinux_call6(SYS_ftruncate, fd, (long)size, 0, 0, 0, 0);
}

long clinux_memory_read(int fd, void* buffer, size_t size, uint64_t offset) {
  return clinux_call6(SYS_pread64, fd, (long)buffer, (long)size, (long)offset, 0, 0);
}

long clinux_memory_write(int fd, const void* buffer, size_t size, uint64_t offset) {
  if (!is_within_limit(offset + size)) return -ENOMEM;
  return clinux_call6(SYS_pwrite64, fd, (long)buffer, (long)size, (long)offset, 0, 0);
}

static long allocate(int fd, int mode, uint64_t offset, uint64_t size) {
  long result;
  if (size == 0) return 0;
  do {
    result = clinux_call6(SYS_fallocate, fd, mode, (long)offset, (long)size, 0, 0);
  } while (result == -EINTR);
  return result;
}

long clinux_memory_zero(int fd, uint64_t offset, uint64_t size) {
  return allocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, size);
}

/* Bytes of memory that the machine has. */
static uint64_t machine_memory(void) {
  struct sysinfo facts;
  if (clinux_call6(SYS_sysinfo, (long)&facts, 0, 0, 0, 0, 0) != 0) return UINT64_MAX;
  return ((uint64_t)facts.totalram + facts.totalswap) * facts.mem_unit;
}

long clinux_memory_commit(int fd, uint64_t offset, uint64_t size) {
  /* Linux would kill processes before it says that there is not so much. */
  if (size > machine_memory()) return -ENOMEM;
  return allocate(fd, FALLOC_FL_KEEP_SIZE, offset, size);
}

static long copy_data(int from, uint64_t from_offset, int to, uint64_t to_offset, uint64_t size) {
  char buffer[16384];
  while (size > 0) {
    size_t part = size < sizeof buffer ? size : sizeof buffer;
    long got = clinux_memory_read(from, buffer, part, from_offset);
    if (got <= 0) return got;
    long put = clinux_memory_write(to, buffer, (size_t)got, to_offset);
    if (put < 0) return put;
    from_offset += (uint64_t)put;
    to_offset += (uint64_t)put;
    size -= (uint64_t)put;
  }
  return 0;
}

long clinux_memory_copy(int from, uint64_t from_offset, int to, uint64_t to_offset, uint64_t size) {
  uint64_t done = 0;
  while (done < size) {
    long data = clinux_call6(SYS_lseek, from, (long)(from_offset + done), SEEK_DATA, 0, 0, 0);
    if (data == -ENXIO) return 0;
    if (data < 0) return data;
    if ((uint64_t)data - from_offset >= size) return 0;
    long hole = clinux_call6(SYS_lseek, from, data, SEEK_HOLE, 0, 0, 0);
    if (hole < 0) return hole;
    uint64_t begin = (uint64_t)data - from_offset;
    uint64_t end = (uint64_t)hole - from_offset;
    if (end > size) end = size;
    long result = copy_data(from, (uint64_t)data, to, to_offset + begin, end - begin);
    if (result < 0) return result;
    done = end;
  }
  return 0;
}

uint64_t clinux_memory_committed(int fd) {
  struct stat facts;
  int saved = errno;
  uint64_t bytes = fstat(fd, &facts) == 0 ? (uint64_t)facts.st_blocks * 512 : 0;
  errno = saved;
  return bytes;
}

static int protection(int permissions) {
  return ((permissions & CLINUX_MAP_READ) != 0 ? PROT_READ : 0) |
         ((permissions & CLINUX_MAP_WRITE) != 0 ? PROT_WRITE : 0) |
         ((permissions & CLINUX_MAP_EXECUTE) != 0 ? PROT_EXEC : 0);
}

static const int nothing = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

long clinux_reserve(uintptr_t address, size_t size) {
  int flags = address == 0 ? nothing : nothing | MAP_FIXED_NOREPLACE;
  long result = clinux_call6(SYS_mmap, (long)address, (long)size, PROT_NONE, flags, -1, 0);
  /* A kernel that does not know the flag takes the address for a wish. */
  if (address != 0 && result > 0 && (uintptr_t)result != address) {
    clinux_unmap((uintptr_t)result, size);
    return -EEXIST;
  }
  return result;
}

long clinux_blank(uintptr_t address, size_t size) {
  long result =
      clinux_call6(SYS_mmap, (long)address, (long)size, PROT_NONE, nothing | MAP_FIXED, -1, 0);
  return result < 0 ? result : 0;
}

long clinux_map_memory(uintptr_t address, size_t size, int permissions, int fd, uint64_t offset) {
  long result = clinux_call6(SYS_mmap, (long)address, (long)size, protection(permissions),
                             MAP_SHARED | MAP_FIXED, fd, (long)offset);
  return result < 0 ? result : 0;
}

long clinux_protect(uintptr_t address, size_t size, int permissions) {
  return clinux_call6(SYS_mprotect, (long)address, (long)size, protection(permissions), 0, 0, 0);
}

long clinux_unmap(uintptr_t address, size_t size) {
  return clinux_call6(SYS_munmap, (long)address, (long)size, 0, 0, 0, 0);
}

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x10
#endif

long clinux_memory_fixed_size(int fd) {
  const long needed = F_SEAL_SHRINK | F_SEAL_GROW;
  struct stat facts;
  long seals = clinux_call6(SYS_fcntl, fd, F_GET_SEALS, 0, 0, 0, 0);
  if (seals < 0 || (seals & needed) != needed) return -EINVAL;
  if ((seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0) return -EINVAL;
  return fstat(fd, &facts) == 0 ? (long)facts.st_size : -EINVAL;
}

bool clinux_memory_is_fixed(int fd, uint64_t size) {
  long found = clinux_memory_fixed_size(fd);
  return found >= 0 && (uint64_t)found == size;
}

void* clinux_map_shared(int fd, size_t size) {
  void* address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return address == MAP_FAILED ? NULL : address;
}
