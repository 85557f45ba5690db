/* Sockets that have a path, by which processes meet. Included by CLinux.h. Every function answers a
 * descriptor, a count or 0, or minus an error number. None waits for another process. */
#ifndef CLINUX_RENDEZVOUS_H
#define CLINUX_RENDEZVOUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a path, its NUL included. */
#define CLINUX_PATH_ROOM 108

/* What a path led to when it was made. */
typedef struct {
  uint64_t device;
  uint64_t inode;
} clinux_place;

/* A SEQPACKET socket that listens at `path`, close on exec. A socket file there that belongs to no open
 * socket any more is replaced: EEXIST if one does, or if it is no socket file. */
long clinux_listen_at(const char* _Nonnull path, uint32_t mode, clinux_place* _Nonnull place);
/* Takes the path away if it still leads there. */
void clinux_leave_path(const char* _Nonnull path, const clinux_place* _Nonnull place);

/* A socket connected to who listens at `path`, close on exec. */
long clinux_connect_to(const char* _Nonnull path);
/* The next connection of a listening socket, close on exec. */
long clinux_accept(int fd);

#endif
