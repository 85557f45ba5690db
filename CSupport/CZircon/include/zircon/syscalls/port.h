/* Port packets and the options of zx_object_wait_async and zx_port_create. */
#ifndef ZIRCON_SYSCALLS_PORT_H_
#define ZIRCON_SYSCALLS_PORT_H_

#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/syscalls/types.h>
#include <zircon/types.h>

__BEGIN_CDECLS

/* zx_object_wait_async */
#define ZX_WAIT_ASYNC_ONCE ((uint32_t)0u)
#define ZX_WAIT_ASYNC_TIMESTAMP ((uint32_t)1u << 0)
#define ZX_WAIT_ASYNC_EDGE ((uint32_t)1u << 1)
#define ZX_WAIT_ASYNC_BOOT_TIMESTAMP ((uint32_t)1u << 2)

/* zx_port_create */
#define ZX_PORT_BIND_TO_INTERRUPT ((uint32_t)1u << 0)

typedef uint32_t zx_packet_type_t;
#define ZX_PKT_TYPE_USER ((zx_packet_type_t)0u)
#define ZX_PKT_TYPE_SIGNAL_ONE ((zx_packet_type_t)1u)
#define ZX_PKT_TYPE_GUEST_BELL ((zx_packet_type_t)3u)
#define ZX_PKT_TYPE_GUEST_MEM ((zx_packet_type_t)4u)
#define ZX_PKT_TYPE_GUEST_IO ((zx_packet_type_t)5u)
#define ZX_PKT_TYPE_GUEST_VCPU ((zx_packet_type_t)6u)
#define ZX_PKT_TYPE_INTERRUPT ((zx_packet_type_t)7u)
#define ZX_PKT_TYPE_PAGE_REQUEST ((zx_packet_type_t)9u)

#define ZX_PKT_IS_USER(type) ((type) == ZX_PKT_TYPE_USER)
#define ZX_PKT_IS_SIGNAL_ONE(type) ((type) == ZX_PKT_TYPE_SIGNAL_ONE)
#define ZX_PKT_IS_GUEST_BELL(type) ((type) == ZX_PKT_TYPE_GUEST_BELL)
#define ZX_PKT_IS_GUEST_MEM(type) ((type) == ZX_PKT_TYPE_GUEST_MEM)
#define ZX_PKT_IS_GUEST_IO(type) ((type) == ZX_PKT_TYPE_GUEST_IO)
#define ZX_PKT_IS_GUEST_VCPU(type) ((type) == ZX_PKT_TYPE_GUEST_VCPU)
#define ZX_PKT_IS_INTERRUPT(type) ((type) == ZX_PKT_TYPE_INTERRUPT)
#define ZX_PKT_IS_PAGE_REQUEST(type) ((type) == ZX_PKT_TYPE_PAGE_REQUEST)

/* Every kind of packet has 32 bytes of its own. */

/* From zx_port_queue: the program's. */
typedef union zx_packet_user {
  uint64_t u64[4];
  uint32_t u32[8];
  uint16_t u16[16];
  uint8_t c8[32];
} zx_packet_user_t;

/* From zx_object_wait_async. */
typedef struct zx_packet_signal {
  zx_signals_t trigger;  /* the mask asked for */
  zx_signals_t observed; /* all signals of the object when it matched */
  uint64_t count;        /* 1 */
  zx_time_t timestamp;   /* of the match, if asked for; else 0 */
  uint64_t reserved1;
} zx_packet_signal_t;

/* From an interrupt bound to the port. */
typedef struct zx_packet_interrupt {
  zx_time_t timestamp;
  uint64_t reserved0;
  uint64_t reserved1;
  uint64_t reserved2;
} zx_packet_interrupt_t;

/* From a guest's write to a trapped doorbell. */
typedef struct zx_packet_guest_bell {
  zx_gpaddr_t addr;
  uint64_t reserved0;
  uint64_t reserved1;
  uint64_t reserved2;
} zx_packet_guest_bell_t;

/* From a VMO with a pager. */
typedef struct zx_packet_page_request {
  uint16_t command;
  uint16_t flags;
  uint32_t reserved0;
  uint64_t offset;
  uint64_t length;
  uint64_t reserved1;
} zx_packet_page_request_t;

struct zx_port_packet {
  uint64_t key;
  zx_packet_type_t type;
  zx_status_t status;
  union {
    zx_packet_user_t user;
    zx_packet_signal_t signal;
    zx_packet_interrupt_t interrupt;
    zx_packet_guest_bell_t guest_bell;
    zx_packet_page_request_t page_request;
  };
};

__END_CDECLS

#endif /* ZIRCON_SYSCALLS_PORT_H_ */
