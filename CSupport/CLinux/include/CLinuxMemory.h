/* Memory with a descriptor, and what is mapped where. Included by CLinux.h. Every function answers a
 * count, an address or 0, or minus an error number. */
#ifndef CLINUX_MEMORY_H
#define CLINUX_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- memory with a descriptor ---- */

/* A new descriptor, close-on-exec, of `size` zero bytes. With `fixed` its size stays for good. */
long clinux_memory_create(uint64_t size, int fixed);

long clinux_memory_resize(int fd, uint64_t size);

/* Bytes moved: at most what Linux moves at once, and fewer where the buffer turns bad. */
long clinux_memory_read(int fd, void* _Nullable buffer, size_t size, uint64_t offset);
long clinux_memory_write(int fd, const void* _Nullable buffer, size_t size, uint64_t offset);

/* Zeroes the range and gives its whole pages back. */
long clinux_memory_zero(int fd, uint64_t offset, uint64_t size);

/* Takes memory for the range. */
long clinux_memory_commit(int fd, uint64_t offset, uint64_t size);

/* Copies what the range holds, leaving out what was never written. The other must read as zeros. */
long clinux_memory_copy(int from, uint64_t from_offset, int to, uint64_t to_offset, uint64_t size);

/* Bytes of memory taken. */
uint64_t clinux_memory_committed(int fd);

/* Whether it is memory of exactly this size that nobody can change the size of. */
bool clinux_memory_is_fixed(int fd, uint64_t size);

/* The size of memory that nobody can change the size of; -EINVAL for anything else. */
long clinux_memory_fixed_size(int fd);

/* Maps all of it for everybody who has it; NULL without room. */
void* _Nullable clinux_map_shared(int fd, size_t size);

/* ---- addresses ---- */

#define CLINUX_MAP_READ 1
#define CLINUX_MAP_WRITE 2
#define CLINUX_MAP_EXECUTE 4

/* Keeps a range of addresses free of other mappings; nothing can be reached there. At 0: wherever
 * there is room. Elsewhere -EEXIST if something is mapped in the range. */
long clinux_reserve(uintptr_t address, size_t size);

/* Makes a range that we keep unreachable again, whatever is mapped there. */
long clinux_blank(uintptr_t address, size_t size);

/* Maps memory into a range that we keep, in the place of what is mapped there. */
long clinux_map_memory(uintptr_t address, size_t size, int permissions, int fd, uint64_t offset);

long clinux_protect(uintptr_t address, size_t size, int permissions);
long clinux_unmap(uintptr_t address, size_t size);

#endif
