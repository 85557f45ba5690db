/* What zx_profile_create takes. */
#ifndef ZIRCON_SYSCALLS_PROFILE_H_
#define ZIRCON_SYSCALLS_PROFILE_H_

#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/syscalls/scheduler.h>
#include <zircon/syscalls/types.h>
#include <zircon/types.h>

__BEGIN_CDECLS

#define ZX_PRIORITY_LOWEST 0
#define ZX_PRIORITY_LOW 8
#define ZX_PRIORITY_DEFAULT 16
#define ZX_PRIORITY_HIGH 24
#define ZX_PRIORITY_HIGHEST 31

/* zx_profile_info_t.flags: which fields count */
#define ZX_PROFILE_INFO_FLAG_PRIORITY ((uint32_t)1u << 0)
#define ZX_PROFILE_INFO_FLAG_CPU_MASK ((uint32_t)1u << 1)
#define ZX_PROFILE_INFO_FLAG_DEADLINE ((uint32_t)1u << 2)

/* Standard C has had them since 2011, C++ calls them an extension. */
#if defined(__clang__) && defined(__cplusplus)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnested-anon-types"
#endif

struct zx_profile_info {
  uint32_t flags;
  uint8_t padding1[4];
  union {
    __extension__ struct {
      int32_t priority;
      uint8_t padding2[20];
    };
    zx_sched_deadline_params_t deadline_params;
  };
  zx_cpu_set_t cpu_affinity_mask;
};

#if defined(__clang__) && defined(__cplusplus)
#pragma clang diagnostic pop
#endif

__END_CDECLS

#endif /* ZIRCON_SYSCALLS_PROFILE_H_ */
