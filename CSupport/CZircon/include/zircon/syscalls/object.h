/* Topics of zx_object_get_info with their records, and properties. */
#ifndef ZIRCON_SYSCALLS_OBJECT_H_
#define ZIRCON_SYSCALLS_OBJECT_H_

#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

__BEGIN_CDECLS

/* Topics. The top four bits are the version of the record, counted from 0. */

typedef uint32_t zx_object_info_topic_t;
#define ZX_INFO_NONE ((zx_object_info_topic_t)0u)
#define ZX_INFO_HANDLE_VALID ((zx_object_info_topic_t)1u) /* no record */
#define ZX_INFO_HANDLE_BASIC ((zx_object_info_topic_t)2u) /* zx_info_handle_basic_t */
#define ZX_INFO_PROCESS ((zx_object_info_topic_t)0x10000003u)      /* zx_info_process_t */
#define ZX_INFO_VMAR ((zx_object_info_topic_t)7u)                  /* zx_info_vmar_t */
#define ZX_INFO_THREAD ((zx_object_info_topic_t)10u)               /* zx_info_thread_t */
#define ZX_INFO_HANDLE_COUNT ((zx_object_info_topic_t)19u)         /* zx_info_handle_count_t */
#define ZX_INFO_PROCESS_HANDLE_STATS ((zx_object_info_topic_t)21u) /* ..._process_handle_stats_t */
#define ZX_INFO_SOCKET ((zx_object_info_topic_t)22u)               /* zx_info_socket_t */
#define ZX_INFO_VMO_V1 ((zx_object_info_topic_t)23u)
#define ZX_INFO_VMO_V2 ((zx_object_info_topic_t)0x10000017u)
#define ZX_INFO_VMO_V3 ((zx_object_info_topic_t)0x20000017u)
#define ZX_INFO_VMO ((zx_object_info_topic_t)0x30000017u)  /* zx_info_vmo_t */
#define ZX_INFO_TIMER ((zx_object_info_topic_t)25u)        /* zx_info_timer_t */
#define ZX_INFO_STREAM ((zx_object_info_topic_t)26u)       /* zx_info_stream_t */
#define ZX_INFO_HANDLE_TABLE ((zx_object_info_topic_t)27u) /* zx_info_handle_extended_t[n] */
#define ZX_INFO_VMAR_MAPS ((zx_object_info_topic_t)36u)
#define ZX_INFO_CLOCK_MAPPED_SIZE ((zx_object_info_topic_t)40u) /* uint64_t */

typedef struct zx_info_handle_basic {
  zx_koid_t koid;
  zx_rights_t rights;
  zx_obj_type_t type;
  zx_koid_t related_koid; /* the peer's, also when it is gone; 0 if there can be none */
  uint32_t reserved;
  uint8_t padding1[4];
} zx_info_handle_basic_t;

typedef struct zx_info_handle_extended {
  zx_obj_type_t type;
  zx_handle_t handle_value;
  zx_rights_t rights;
  uint32_t reserved;
  zx_koid_t koid;
  zx_koid_t related_koid;
  zx_koid_t peer_owner_koid;
} zx_info_handle_extended_t;

typedef struct zx_info_handle_count {
  uint32_t handle_count;
} zx_info_handle_count_t;

typedef struct zx_info_process_handle_stats {
  uint32_t handle_count[ZX_OBJ_TYPE_UPPER_BOUND]; /* by object type */
} zx_info_process_handle_stats_t;

/* zx_info_process_t.return_code of a task that was killed */
#define ZX_TASK_RETCODE_SYSCALL_KILL ((int64_t)-1024)          /* by zx_task_kill */
#define ZX_TASK_RETCODE_OOM_KILL ((int64_t)-1025)              /* not sent here */
#define ZX_TASK_RETCODE_POLICY_KILL ((int64_t)-1026)           /* not sent here */
#define ZX_TASK_RETCODE_VDSO_KILL ((int64_t)-1027)             /* not sent here */
#define ZX_TASK_RETCODE_EXCEPTION_KILL ((int64_t)-1028)        /* by an exception that nobody handled */
#define ZX_TASK_RETCODE_CRITICAL_PROCESS_KILL ((int64_t)-1029) /* not sent here */

/* zx_info_process_t.flags */
#define ZX_INFO_PROCESS_FLAG_STARTED ((uint32_t)1u << 0)
#define ZX_INFO_PROCESS_FLAG_EXITED ((uint32_t)1u << 1)
#define ZX_INFO_PROCESS_FLAG_DEBUGGER_ATTACHED ((uint32_t)1u << 2)

typedef uint32_t zx_info_process_flags_t;

typedef struct zx_info_process {
  int64_t return_code; /* once it has exited */
  zx_time_t start_time;
  zx_info_process_flags_t flags;
  uint8_t padding1[4];
} zx_info_process_t;

/* zx_info_thread_t.state; the low byte is that of the basic state. */
typedef uint32_t zx_thread_state_t;
#define ZX_THREAD_STATE_NEW ((zx_thread_state_t)0x0000u)
#define ZX_THREAD_STATE_RUNNING ((zx_thread_state_t)0x0001u)
#define ZX_THREAD_STATE_SUSPENDED ((zx_thread_state_t)0x0002u)
#define ZX_THREAD_STATE_BLOCKED ((zx_thread_state_t)0x0003u)
#define ZX_THREAD_STATE_DYING ((zx_thread_state_t)0x0004u)
#define ZX_THREAD_STATE_DEAD ((zx_thread_state_t)0x0005u)
#define ZX_THREAD_STATE_BLOCKED_EXCEPTION ((zx_thread_state_t)0x0103u)
#define ZX_THREAD_STATE_BLOCKED_SLEEPING ((zx_thread_state_t)0x0203u)
#define ZX_THREAD_STATE_BLOCKED_FUTEX ((zx_thread_state_t)0x0303u)
#define ZX_THREAD_STATE_BLOCKED_PORT ((zx_thread_state_t)0x0403u)
#define ZX_THREAD_STATE_BLOCKED_CHANNEL ((zx_thread_state_t)0x0503u)
#define ZX_THREAD_STATE_BLOCKED_WAIT_ONE ((zx_thread_state_t)0x0603u)
#define ZX_THREAD_STATE_BLOCKED_WAIT_MANY ((zx_thread_state_t)0x0703u)
#define ZX_THREAD_STATE_BLOCKED_INTERRUPT ((zx_thread_state_t)0x0803u)
#define ZX_THREAD_STATE_BLOCKED_PAGER ((zx_thread_state_t)0x0903u)
#define ZX_THREAD_STATE_BASIC(state) ((zx_thread_state_t)((state) & 0xffu))

typedef struct zx_info_thread {
  zx_thread_state_t state;
  uint32_t wait_exception_channel_type; /* 0: waits for no exception handler */
  zx_cpu_set_t cpu_affinity_mask;
} zx_info_thread_t;

typedef struct zx_info_vmar {
  uintptr_t base;
  size_t len;
} zx_info_vmar_t;

typedef struct zx_info_socket {
  uint32_t options; /* of zx_socket_create */
  uint8_t padding1[4];
  size_t rx_buf_max;       /* bytes that can wait to be read here */
  size_t rx_buf_size;      /* bytes that do */
  size_t rx_buf_available; /* bytes that one read can take */
  size_t tx_buf_max;       /* the same at the peer; 0 when it is closed */
  size_t tx_buf_size;
} zx_info_socket_t;

typedef struct zx_info_timer {
  uint32_t options;
  zx_clock_t clock_id;
  zx_time_t deadline; /* 0 while not armed */
  zx_duration_t slack;
} zx_info_timer_t;

typedef struct zx_info_stream {
  uint32_t options;
  uint8_t padding1[4];
  zx_off_t seek;
  uint64_t content_size;
} zx_info_stream_t;

/* zx_info_vmo_t.flags */
#define ZX_INFO_VMO_TYPE_PAGED ((uint32_t)1u << 0)
#define ZX_INFO_VMO_TYPE_PHYSICAL ((uint32_t)0u)
#define ZX_INFO_VMO_RESIZABLE ((uint32_t)1u << 1)
#define ZX_INFO_VMO_IS_COW_CLONE ((uint32_t)1u << 2)
#define ZX_INFO_VMO_VIA_HANDLE ((uint32_t)1u << 3)
#define ZX_INFO_VMO_VIA_MAPPING ((uint32_t)1u << 4)
#define ZX_INFO_VMO_PAGER_BACKED ((uint32_t)1u << 5)
#define ZX_INFO_VMO_CONTIGUOUS ((uint32_t)1u << 6)
#define ZX_INFO_VMO_DISCARDABLE ((uint32_t)1u << 7)
#define ZX_INFO_VMO_IMMUTABLE ((uint32_t)1u << 8)
#define ZX_INFO_VMO_VIA_IOB_HANDLE ((uint32_t)1u << 9)

typedef struct zx_info_vmo {
  zx_koid_t koid;
  char name[ZX_MAX_NAME_LEN];
  uint64_t size_bytes;
  zx_koid_t parent_koid;
  size_t num_children;
  size_t num_mappings;
  size_t share_count;
  uint32_t flags;
  uint8_t padding1[4];
  uint64_t committed_bytes;
  zx_rights_t handle_rights;
  uint32_t cache_policy;
  uint64_t metadata_bytes;
  uint64_t committed_change_events;
  uint64_t populated_bytes;
  uint64_t committed_private_bytes;
  uint64_t populated_private_bytes;
  uint64_t committed_scaled_bytes;
  uint64_t populated_scaled_bytes;
  uint64_t committed_fractional_scaled_bytes;
  uint64_t populated_fractional_scaled_bytes;
} zx_info_vmo_t;

/* Properties of zx_object_get_property and zx_object_set_property, with the type of the value. */

#define ZX_PROP_REGISTER_GS ((uint32_t)2u)                       /* uintptr_t */
#define ZX_PROP_NAME ((uint32_t)3u)                              /* char[ZX_MAX_NAME_LEN] */
#define ZX_PROP_REGISTER_FS ((uint32_t)4u)                       /* uintptr_t */
#define ZX_PROP_PROCESS_DEBUG_ADDR ((uint32_t)5u)                /* uintptr_t */
#define ZX_PROP_PROCESS_VDSO_BASE_ADDRESS ((uint32_t)6u)         /* uintptr_t, get only */
#define ZX_PROP_PROCESS_BREAK_ON_LOAD ((uint32_t)7u)             /* uintptr_t */
#define ZX_PROP_PROCESS_HW_TRACE_CONTEXT_ID ((uint32_t)8u)       /* uintptr_t, get only */
#define ZX_PROP_SOCKET_RX_THRESHOLD ((uint32_t)12u)              /* size_t */
#define ZX_PROP_SOCKET_TX_THRESHOLD ((uint32_t)13u)              /* size_t */
#define ZX_PROP_JOB_KILL_ON_OOM ((uint32_t)15u)                  /* size_t, set only */
#define ZX_PROP_EXCEPTION_STATE ((uint32_t)16u)                  /* uint32_t */
#define ZX_PROP_VMO_CONTENT_SIZE ((uint32_t)17u)                 /* uint64_t */
#define ZX_PROP_EXCEPTION_STRATEGY ((uint32_t)18u)               /* uint32_t */
#define ZX_PROP_STREAM_MODE_APPEND ((uint32_t)19u)               /* uint8_t */

__END_CDECLS

#endif /* ZIRCON_SYSCALLS_OBJECT_H_ */
