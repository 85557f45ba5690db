/* Traps of guests and state of virtual processors. */
#ifndef ZIRCON_SYSCALLS_HYPERVISOR_H_
#define ZIRCON_SYSCALLS_HYPERVISOR_H_

#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

__BEGIN_CDECLS

/* zx_guest_set_trap */
typedef uint32_t zx_guest_trap_t;
#define ZX_GUEST_TRAP_BELL ((zx_guest_trap_t)0u)
#define ZX_GUEST_TRAP_MEM ((zx_guest_trap_t)1u)
#define ZX_GUEST_TRAP_IO ((zx_guest_trap_t)2u)

/* zx_vcpu_read_state, zx_vcpu_write_state */
typedef uint32_t zx_vcpu_t;
#define ZX_VCPU_STATE ((zx_vcpu_t)0u) /* zx_vcpu_state_t */
#define ZX_VCPU_IO ((zx_vcpu_t)1u)    /* zx_vcpu_io_t */

typedef struct zx_vcpu_state {
#if defined(__aarch64__)
  uint64_t x[31];
  uint64_t sp;
  uint32_t cpsr; /* the condition bits */
  uint8_t padding1[4];
#else
  uint64_t rax;
  uint64_t rcx;
  uint64_t rdx;
  uint64_t rbx;
  uint64_t rsp;
  uint64_t rbp;
  uint64_t rsi;
  uint64_t rdi;
  uint64_t r8;
  uint64_t r9;
  uint64_t r10;
  uint64_t r11;
  uint64_t r12;
  uint64_t r13;
  uint64_t r14;
  uint64_t r15;
  uint64_t rflags; /* the lower 32 bits */
#endif
} zx_vcpu_state_t;

/* Standard C has had them since 2011, C++ calls them an extension. */
#if defined(__clang__) && defined(__cplusplus)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnested-anon-types"
#endif

typedef struct zx_vcpu_io {
  uint8_t access_size;
  uint8_t padding1[3];
  union {
    __extension__ struct {
      uint8_t u8;
      uint8_t padding2[3];
    };
    __extension__ struct {
      uint16_t u16;
      uint8_t padding3[2];
    };
    uint32_t u32;
    uint8_t data[4];
  };
} zx_vcpu_io_t;

#if defined(__clang__) && defined(__cplusplus)
#pragma clang diagnostic pop
#endif

__END_CDECLS

#endif /* ZIRCON_SYSCALLS_HYPERVISOR_H_ */
