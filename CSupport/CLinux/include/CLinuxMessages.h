/* Records of a SEQPACKET socket, with descriptors. Included by CLinux.h. Every function answers a count,
 * a descriptor or 0, or minus an error number. None waits, and none raises a signal. */
#ifndef CLINUX_MESSAGES_H
#define CLINUX_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* SCM_MAX_FD. */
#define CLINUX_MAX_DESCRIPTORS 253

/* Sends one record; of the descriptors Linux takes references of its own. */
long clinux_message_send(int fd, const struct iovec* _Nonnull parts, size_t part_count,
                         const int* _Nullable descriptors, size_t descriptor_count);

typedef struct {
  /* Of the record, also where it did not fit. */
  size_t size;
  size_t descriptor_count;
  /* Descriptors of it are missing here: there was no number for them. */
  bool is_cut;
  int descriptors[CLINUX_MAX_DESCRIPTORS];
} clinux_message;

/* Copies what fits of the first record, which stays where it is, and opens its descriptors here, close on
 * exec. Without `message` no descriptor is opened. The size of the record, or 0 at the end. */
long clinux_message_peek(int fd, void* _Nonnull buffer, size_t size, clinux_message* _Nullable message);

/* Takes the first record away, unread. */
long clinux_message_drop(int fd);

/* Whether it is a connected SEQPACKET socket of the AF_UNIX kind. */
bool clinux_is_message_socket(int fd);

/* Another descriptor for the same, close on exec. */
long clinux_copy(int fd);

/* Ends one way, or with CLINUX_BOTH_WAYS both, for everybody who has one of the two ends. */
void clinux_shut_down(int fd, int how);
#define CLINUX_NO_MORE_IN 0  /* SHUT_RD */
#define CLINUX_NO_MORE_OUT 1 /* SHUT_WR */
#define CLINUX_BOTH_WAYS 2   /* SHUT_RDWR */

typedef struct {
  int32_t pid;
  uint32_t uid;
  uint32_t gid;
} clinux_credentials;

/* Who made or connected the other end. */
long clinux_peer_credentials(int fd, clinux_credentials* _Nonnull credentials);
/* A descriptor for that process, close on exec; an error where Linux has none to give. */
long clinux_peer_process(int fd);

#endif
