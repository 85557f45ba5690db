/* liburing behind an opaque type. Only stdint and friends are included here: liburing.h would bring
 * in a second fd_set beside the one of Swift's Glibc module, and importing both does not compile. */
#ifndef CURING_H
#define CURING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One ring for one thread: only the thread that made it may use it. */
typedef struct curing curing;

#define CURING_MAX_ENTRIES 64u

/* Makes a ring of at least `entries`, at most CURING_MAX_ENTRIES; 0, or minus an error number with *out untouched. The ring's
 * memory is not inherited by a forked child. */
int curing_create(unsigned entries, curing** out);
void curing_destroy(curing* ring);
/* Its descriptor, which is close-on-exec; -1 if Linux keeps it without one. */
int curing_fd(const curing* ring);

/* The longest batch that one submission takes. */
unsigned curing_capacity(const curing* ring);

/* Prepare one entry each; false if the ring is full. `vector` and `count` name a struct iovec array
 * that stays in place until the submit returns. */
bool curing_prepare_send(curing* ring, int fd, const void* buffer, size_t size, int flags,
                         uint64_t token);
bool curing_prepare_recv(curing* ring, int fd, void* buffer, size_t size, int flags,
                         uint64_t token);
bool curing_prepare_sendmsg(curing* ring, int fd, const void* vector, size_t count, int flags,
                            uint64_t token);
bool curing_prepare_recvmsg(curing* ring, int fd, const void* vector, size_t count, int flags,
                            uint64_t token);

/* One operation, submitted and waited for: stores what the call of that name would answer, or minus its
 * error number. Returns 0, or minus an error number if nothing was submitted. */
int curing_send(curing* ring, int fd, const void* buffer, size_t size, int flags, long* answer);
int curing_recv(curing* ring, int fd, void* buffer, size_t size, int flags, long* answer);
int curing_sendmsg(curing* ring, int fd, const void* vector, size_t count, int flags, long* answer);
int curing_recvmsg(curing* ring, int fd, const void* vector, size_t count, int flags, long* answer);

/* Submits what was prepared and waits for `count` completions; 0 or minus an error number. */
int curing_submit_and_wait(curing* ring, unsigned count);

/* Takes one completion; false if there is none. */
bool curing_reap(curing* ring, uint64_t* token, int32_t* result);

#endif
