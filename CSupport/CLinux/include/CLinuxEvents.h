/* What wakes threads of other processes, and the one thread that waits for it. Included by CLinux.h.
 * Every function answers a count, a descriptor or 0, or minus an error number. */
#ifndef CLINUX_EVENTS_H
#define CLINUX_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- epoll ---- */

typedef struct {
  uint64_t token;
  uint32_t events;
} clinux_event;

#define CLINUX_EVENTS_AT_ONCE 64

#define CLINUX_WATCH_NEW 1    /* EPOLL_CTL_ADD */
#define CLINUX_WATCH_NONE 2   /* EPOLL_CTL_DEL */
#define CLINUX_WATCH_CHANGE 3 /* EPOLL_CTL_MOD */

long clinux_epoll_create(void);
/* `operation` is one of CLINUX_WATCH_*. */
long clinux_epoll_set(int epoll, int operation, int fd, uint32_t events, uint64_t token);
/* Fills in at most CLINUX_EVENTS_AT_ONCE; waits at most so many milliseconds, -1: for ever. */
long clinux_epoll_wait(int epoll, clinux_event* events, int milliseconds);

/* A counter that is only ever added to: who watches it by edges is told of each time. */
long clinux_counter_create(void);
void clinux_counter_add(int fd);

/* ---- bells ---- */

/* Sends one byte unless there is no room, which means that the other end has yet to look; never waits,
 * whatever the flags of the socket. False without room. */
bool clinux_bell_ring(int fd);
/* Takes what has been sent; whether there was anything. */
bool clinux_bell_empty(int fd);

/* A bell of one descriptor, a datagram socket whose other end it is itself: a ring by any holder is an edge
 * for all of them. */
long clinux_common_bell_create(void);
/* Rings at all holders; never waits, and makes room if there is none. */
void clinux_common_bell_ring(int fd);
/* Whether it is one. */
bool clinux_is_common_bell(int fd);

/* Whether the other end of the socket is closed, by its process or by that one's death. */
int clinux_is_hung_up(int fd);

/* What poll shows of a socket, without waiting: bits of CLINUX_SHOWS_*. */
uint32_t clinux_look(int fd);
#define CLINUX_SHOWS_INPUT ((uint32_t)1)       /* something to read, or the end of it */
#define CLINUX_SHOWS_ROOM ((uint32_t)4)        /* room to write */
#define CLINUX_SHOWS_HANG_UP ((uint32_t)0x10)  /* nothing can be sent either way any more */
#define CLINUX_SHOWS_END ((uint32_t)0x2000)    /* nothing more will come */

/* Whether it is a connected Unix socket of this type. */
int clinux_is_unix_socket(int fd, int type);

/* ---- locks between processes ---- */

/* The same file, opened once more. */
long clinux_reopen(int fd);
/* Puts an opening of its own in the place of `fd`, under the same number. */
long clinux_reopen_in_place(int fd);
/* Takes the lock of one byte of the file, for this opening of it; -EAGAIN if another opening has it. Linux
 * gives it back when the last descriptor of this opening is closed, by its process's death too. */
long clinux_byte_lock(int fd, uint64_t byte);
void clinux_byte_unlock(int fd, uint64_t byte);

/* ---- descriptors of the program's own ---- */

void clinux_close(int fd);

/* ---- futexes in memory that several processes have mapped ---- */

long clinux_shared_wait(const uint32_t* word, uint32_t expected, int64_t deadline);
void clinux_shared_wake(const uint32_t* word);

#endif
