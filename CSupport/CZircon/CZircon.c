/* The headers promise numbers and layouts to programs that are already compiled. This file asserts
 * all of them, as numbers: a change here is a change of the ABI. */

#include <zircon/assert.h>
#include <zircon/compiler.h>
#include <zircon/errors.h>
#include <zircon/features.h>
#include <zircon/limits.h>
#include <zircon/linux.h>
#include <zircon/process.h>
#include <zircon/rights.h>
#include <zircon/status.h>
#include <zircon/string_view.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/clock.h>
#include <zircon/syscalls/object.h>
#include <zircon/syscalls/port.h>
#include <zircon/syscalls/types.h>
#include <zircon/threads.h>
#include <zircon/time.h>
#include <zircon/types.h>

#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), "size of " #type)
#define ALIGN(type, bytes) _Static_assert(_Alignof(type) == (bytes), "alignment of " #type)
#define FIELD(type, field, offset) \
  _Static_assert(offsetof(type, field) == (offset), "offset of " #field " in " #type)
#define VALUE(name, number) _Static_assert((name) == (number), #name)
/* Not only as wide: the very type, so that declarations of programs agree with the headers. */
#define SAME(type, scalar) _Static_assert(_Generic((type)0, scalar: 1, default: 0), #type)

/* The target: 64-bit, little-endian. */

SIZE(void*, 8);
SIZE(size_t, 8);
SIZE(long, 8);
VALUE(__BYTE_ORDER__, __ORDER_LITTLE_ENDIAN__);

/* Scalar types */

SAME(zx_handle_t, uint32_t);
SAME(zx_status_t, int32_t);
SAME(zx_signals_t, uint32_t);
SAME(zx_rights_t, uint32_t);
SAME(zx_obj_type_t, uint32_t);
SAME(zx_koid_t, uint64_t);
SAME(zx_time_t, int64_t);
SAME(zx_instant_mono_t, int64_t);
SAME(zx_instant_boot_t, int64_t);
SAME(zx_duration_t, int64_t);
SAME(zx_duration_mono_t, int64_t);
SAME(zx_duration_boot_t, int64_t);
SAME(zx_ticks_t, int64_t);
SAME(zx_instant_mono_ticks_t, int64_t);
SAME(zx_instant_boot_ticks_t, int64_t);
SAME(zx_duration_mono_ticks_t, int64_t);
SAME(zx_duration_boot_ticks_t, int64_t);
SAME(zx_clock_t, uint32_t);
SAME(zx_off_t, uint64_t);
SAME(zx_vaddr_t, uintptr_t);
SAME(zx_paddr_t, uintptr_t);
SAME(zx_gpaddr_t, uintptr_t);
SAME(zx_vm_option_t, uint32_t);
SAME(zx_txid_t, uint32_t);
SAME(zx_handle_op_t, uint32_t);
SAME(zx_packet_type_t, uint32_t);
SAME(zx_object_info_topic_t, uint32_t);
SAME(zx_stream_seek_origin_t, uint32_t);
SIZE(zx_futex_t, 4);
ALIGN(zx_futex_t, 4);

/* Structs */

SIZE(zx_wait_item_t, 12);
ALIGN(zx_wait_item_t, 4);
FIELD(zx_wait_item_t, handle, 0);
FIELD(zx_wait_item_t, waitfor, 4);
FIELD(zx_wait_item_t, pending, 8);

SIZE(zx_info_handle_basic_t, 32);
ALIGN(zx_info_handle_basic_t, 8);
FIELD(zx_info_handle_basic_t, koid, 0);
FIELD(zx_info_handle_basic_t, rights, 8);
FIELD(zx_info_handle_basic_t, type, 12);
FIELD(zx_info_handle_basic_t, related_koid, 16);
FIELD(zx_info_handle_basic_t, reserved, 24);
FIELD(zx_info_handle_basic_t, padding1, 28);

SIZE(zx_info_handle_extended_t, 40);
ALIGN(zx_info_handle_extended_t, 8);
FIELD(zx_info_handle_extended_t, type, 0);
FIELD(zx_info_handle_extended_t, handle_value, 4);
FIELD(zx_info_handle_extended_t, rights, 8);
FIELD(zx_info_handle_extended_t, reserved, 12);
FIELD(zx_info_handle_extended_t, koid, 16);
FIELD(zx_info_handle_extended_t, related_koid, 24);
FIELD(zx_info_handle_extended_t, peer_owner_koid, 32);

SIZE(zx_info_handle_count_t, 4);
ALIGN(zx_info_handle_count_t, 4);
FIELD(zx_info_handle_count_t, handle_count, 0);

SIZE(zx_info_process_handle_stats_t, 256);
ALIGN(zx_info_process_handle_stats_t, 4);
FIELD(zx_info_process_handle_stats_t, handle_count, 0);

SIZE(zx_info_vmar_t, 16);
ALIGN(zx_info_vmar_t, 8);
FIELD(zx_info_vmar_t, base, 0);
FIELD(zx_info_vmar_t, len, 8);

SIZE(zx_info_socket_t, 48);
ALIGN(zx_info_socket_t, 8);
FIELD(zx_info_socket_t, options, 0);
FIELD(zx_info_socket_t, padding1, 4);
FIELD(zx_info_socket_t, rx_buf_max, 8);
FIELD(zx_info_socket_t, rx_buf_size, 16);
FIELD(zx_info_socket_t, rx_buf_available, 24);
FIELD(zx_info_socket_t, tx_buf_max, 32);
FIELD(zx_info_socket_t, tx_buf_size, 40);

SIZE(zx_info_process_t, 24);
ALIGN(zx_info_process_t, 8);
FIELD(zx_info_process_t, return_code, 0);
FIELD(zx_info_process_t, start_time, 8);
FIELD(zx_info_process_t, flags, 16);

SIZE(zx_info_thread_t, 72);
ALIGN(zx_info_thread_t, 8);
FIELD(zx_info_thread_t, state, 0);
FIELD(zx_info_thread_t, wait_exception_channel_type, 4);
FIELD(zx_info_thread_t, cpu_affinity_mask, 8);

SIZE(zx_info_timer_t, 24);
ALIGN(zx_info_timer_t, 8);
FIELD(zx_info_timer_t, options, 0);
FIELD(zx_info_timer_t, clock_id, 4);
FIELD(zx_info_timer_t, deadline, 8);
FIELD(zx_info_timer_t, slack, 16);

SIZE(zx_info_stream_t, 24);
ALIGN(zx_info_stream_t, 8);
FIELD(zx_info_stream_t, options, 0);
FIELD(zx_info_stream_t, padding1, 4);
FIELD(zx_info_stream_t, seek, 8);
FIELD(zx_info_stream_t, content_size, 16);

SIZE(zx_info_vmo_t, 176);
ALIGN(zx_info_vmo_t, 8);
FIELD(zx_info_vmo_t, koid, 0);
FIELD(zx_info_vmo_t, name, 8);
FIELD(zx_info_vmo_t, size_bytes, 40);
FIELD(zx_info_vmo_t, parent_koid, 48);
FIELD(zx_info_vmo_t, num_children, 56);
FIELD(zx_info_vmo_t, num_mappings, 64);
FIELD(zx_info_vmo_t, share_count, 72);
FIELD(zx_info_vmo_t, flags, 80);
FIELD(zx_info_vmo_t, padding1, 84);
FIELD(zx_info_vmo_t, committed_bytes, 88);
FIELD(zx_info_vmo_t, handle_rights, 96);
FIELD(zx_info_vmo_t, cache_policy, 100);
FIELD(zx_info_vmo_t, metadata_bytes, 104);
FIELD(zx_info_vmo_t, committed_change_events, 112);
FIELD(zx_info_vmo_t, populated_bytes, 120);
FIELD(zx_info_vmo_t, committed_private_bytes, 128);
FIELD(zx_info_vmo_t, populated_private_bytes, 136);
FIELD(zx_info_vmo_t, committed_scaled_bytes, 144);
FIELD(zx_info_vmo_t, populated_scaled_bytes, 152);
FIELD(zx_info_vmo_t, committed_fractional_scaled_bytes, 160);
FIELD(zx_info_vmo_t, populated_fractional_scaled_bytes, 168);

SIZE(zx_port_packet_t, 48);
ALIGN(zx_port_packet_t, 8);
FIELD(zx_port_packet_t, key, 0);
FIELD(zx_port_packet_t, type, 8);
FIELD(zx_port_packet_t, status, 12);
FIELD(zx_port_packet_t, user, 16);
FIELD(zx_port_packet_t, signal, 16);
FIELD(zx_port_packet_t, signal.trigger, 16);
FIELD(zx_port_packet_t, signal.observed, 20);
FIELD(zx_port_packet_t, signal.count, 24);
FIELD(zx_port_packet_t, signal.timestamp, 32);
FIELD(zx_port_packet_t, signal.reserved1, 40);
FIELD(zx_port_packet_t, interrupt, 16);
FIELD(zx_port_packet_t, interrupt.timestamp, 16);
FIELD(zx_port_packet_t, interrupt.reserved0, 24);
FIELD(zx_port_packet_t, interrupt.reserved1, 32);
FIELD(zx_port_packet_t, interrupt.reserved2, 40);
FIELD(zx_port_packet_t, guest_bell, 16);
FIELD(zx_port_packet_t, page_request, 16);

SIZE(zx_packet_user_t, 32);
SIZE(zx_packet_signal_t, 32);
SIZE(zx_packet_interrupt_t, 32);
SIZE(zx_packet_guest_bell_t, 32);
SIZE(zx_packet_page_request_t, 32);
SIZE(((zx_packet_user_t*)0)->u64, 32);
SIZE(((zx_packet_user_t*)0)->u32, 32);
SIZE(((zx_packet_user_t*)0)->u16, 32);
SIZE(((zx_packet_user_t*)0)->c8, 32);

SIZE(zx_handle_info_t, 16);
ALIGN(zx_handle_info_t, 4);
FIELD(zx_handle_info_t, handle, 0);
FIELD(zx_handle_info_t, type, 4);
FIELD(zx_handle_info_t, rights, 8);
FIELD(zx_handle_info_t, unused, 12);

SIZE(zx_handle_disposition_t, 20);
ALIGN(zx_handle_disposition_t, 4);
FIELD(zx_handle_disposition_t, operation, 0);
FIELD(zx_handle_disposition_t, handle, 4);
FIELD(zx_handle_disposition_t, type, 8);
FIELD(zx_handle_disposition_t, rights, 12);
FIELD(zx_handle_disposition_t, result, 16);

SIZE(zx_channel_call_args_t, 48);
ALIGN(zx_channel_call_args_t, 8);
FIELD(zx_channel_call_args_t, wr_bytes, 0);
FIELD(zx_channel_call_args_t, wr_handles, 8);
FIELD(zx_channel_call_args_t, rd_bytes, 16);
FIELD(zx_channel_call_args_t, rd_handles, 24);
FIELD(zx_channel_call_args_t, wr_num_bytes, 32);
FIELD(zx_channel_call_args_t, wr_num_handles, 36);
FIELD(zx_channel_call_args_t, rd_num_bytes, 40);
FIELD(zx_channel_call_args_t, rd_num_handles, 44);

SIZE(zx_channel_call_etc_args_t, 48);
ALIGN(zx_channel_call_etc_args_t, 8);
FIELD(zx_channel_call_etc_args_t, wr_bytes, 0);
FIELD(zx_channel_call_etc_args_t, wr_handles, 8);
FIELD(zx_channel_call_etc_args_t, rd_bytes, 16);
FIELD(zx_channel_call_etc_args_t, rd_handles, 24);
FIELD(zx_channel_call_etc_args_t, wr_num_bytes, 32);
FIELD(zx_channel_call_etc_args_t, wr_num_handles, 36);
FIELD(zx_channel_call_etc_args_t, rd_num_bytes, 40);
FIELD(zx_channel_call_etc_args_t, rd_num_handles, 44);

SIZE(zx_channel_iovec_t, 16);
ALIGN(zx_channel_iovec_t, 8);
FIELD(zx_channel_iovec_t, buffer, 0);
FIELD(zx_channel_iovec_t, capacity, 8);
FIELD(zx_channel_iovec_t, reserved, 12);

SIZE(zx_iovec_t, 16);
ALIGN(zx_iovec_t, 8);
FIELD(zx_iovec_t, buffer, 0);
FIELD(zx_iovec_t, capacity, 8);

SIZE(zx_string_view_t, 16);
ALIGN(zx_string_view_t, 8);
FIELD(zx_string_view_t, c_str, 0);
FIELD(zx_string_view_t, length, 8);

SIZE(zxl_backend_info_t, 32);
ALIGN(zxl_backend_info_t, 8);
FIELD(zxl_backend_info_t, backend, 0);
FIELD(zxl_backend_info_t, ring, 4);
FIELD(zxl_backend_info_t, ring_operations, 8);
FIELD(zxl_backend_info_t, syscall_operations, 16);
FIELD(zxl_backend_info_t, socket_buffer, 24);

SIZE(zxl_socket_op_t, 40);
ALIGN(zxl_socket_op_t, 8);
FIELD(zxl_socket_op_t, op, 0);
FIELD(zxl_socket_op_t, handle, 4);
FIELD(zxl_socket_op_t, options, 8);
FIELD(zxl_socket_op_t, status, 12);
FIELD(zxl_socket_op_t, buffer, 16);
FIELD(zxl_socket_op_t, size, 24);
FIELD(zxl_socket_op_t, actual, 32);

/* Status codes */

VALUE(ZX_OK, 0);
VALUE(ZX_ERR_INTERNAL, -1);
VALUE(ZX_ERR_NOT_SUPPORTED, -2);
VALUE(ZX_ERR_NO_RESOURCES, -3);
VALUE(ZX_ERR_NO_MEMORY, -4);
VALUE(ZX_ERR_INTERNAL_INTR_RETRY, -6);
VALUE(ZX_ERR_INVALID_ARGS, -10);
VALUE(ZX_ERR_BAD_HANDLE, -11);
VALUE(ZX_ERR_WRONG_TYPE, -12);
VALUE(ZX_ERR_BAD_SYSCALL, -13);
VALUE(ZX_ERR_OUT_OF_RANGE, -14);
VALUE(ZX_ERR_BUFFER_TOO_SMALL, -15);
VALUE(ZX_ERR_BAD_STATE, -20);
VALUE(ZX_ERR_TIMED_OUT, -21);
VALUE(ZX_ERR_SHOULD_WAIT, -22);
VALUE(ZX_ERR_CANCELED, -23);
VALUE(ZX_ERR_PEER_CLOSED, -24);
VALUE(ZX_ERR_NOT_FOUND, -25);
VALUE(ZX_ERR_ALREADY_EXISTS, -26);
VALUE(ZX_ERR_ALREADY_BOUND, -27);
VALUE(ZX_ERR_UNAVAILABLE, -28);
VALUE(ZX_ERR_ACCESS_DENIED, -30);
VALUE(ZX_ERR_IO, -40);
VALUE(ZX_ERR_IO_REFUSED, -41);
VALUE(ZX_ERR_IO_DATA_INTEGRITY, -42);
VALUE(ZX_ERR_IO_DATA_LOSS, -43);
VALUE(ZX_ERR_IO_NOT_PRESENT, -44);
VALUE(ZX_ERR_IO_OVERRUN, -45);
VALUE(ZX_ERR_IO_MISSED_DEADLINE, -46);
VALUE(ZX_ERR_IO_INVALID, -47);
VALUE(ZX_ERR_BAD_PATH, -50);
VALUE(ZX_ERR_NOT_DIR, -51);
VALUE(ZX_ERR_NOT_FILE, -52);
VALUE(ZX_ERR_FILE_BIG, -53);
VALUE(ZX_ERR_NO_SPACE, -54);
VALUE(ZX_ERR_NOT_EMPTY, -55);
VALUE(ZX_ERR_STOP, -60);
VALUE(ZX_ERR_NEXT, -61);
VALUE(ZX_ERR_ASYNC, -62);
VALUE(ZX_ERR_PROTOCOL_NOT_SUPPORTED, -70);
VALUE(ZX_ERR_ADDRESS_UNREACHABLE, -71);
VALUE(ZX_ERR_ADDRESS_IN_USE, -72);
VALUE(ZX_ERR_NOT_CONNECTED, -73);
VALUE(ZX_ERR_CONNECTION_REFUSED, -74);
VALUE(ZX_ERR_CONNECTION_RESET, -75);
VALUE(ZX_ERR_CONNECTION_ABORTED, -76);
VALUE(ZX_ERR_INTERNAL_INTR_KILLED, -502);

/* Rights */

VALUE(ZX_RIGHT_NONE, 0u);
VALUE(ZX_RIGHT_DUPLICATE, 0x1u);
VALUE(ZX_RIGHT_TRANSFER, 0x2u);
VALUE(ZX_RIGHT_READ, 0x4u);
VALUE(ZX_RIGHT_WRITE, 0x8u);
VALUE(ZX_RIGHT_EXECUTE, 0x10u);
VALUE(ZX_RIGHT_MAP, 0x20u);
VALUE(ZX_RIGHT_GET_PROPERTY, 0x40u);
VALUE(ZX_RIGHT_SET_PROPERTY, 0x80u);
VALUE(ZX_RIGHT_ENUMERATE, 0x100u);
VALUE(ZX_RIGHT_DESTROY, 0x200u);
VALUE(ZX_RIGHT_SET_POLICY, 0x400u);
VALUE(ZX_RIGHT_GET_POLICY, 0x800u);
VALUE(ZX_RIGHT_SIGNAL, 0x1000u);
VALUE(ZX_RIGHT_SIGNAL_PEER, 0x2000u);
VALUE(ZX_RIGHT_WAIT, 0x4000u);
VALUE(ZX_RIGHT_INSPECT, 0x8000u);
VALUE(ZX_RIGHT_MANAGE_JOB, 0x10000u);
VALUE(ZX_RIGHT_MANAGE_PROCESS, 0x20000u);
VALUE(ZX_RIGHT_MANAGE_THREAD, 0x40000u);
VALUE(ZX_RIGHT_APPLY_PROFILE, 0x80000u);
VALUE(ZX_RIGHT_MANAGE_SOCKET, 0x100000u);
VALUE(ZX_RIGHT_OP_CHILDREN, 0x200000u);
VALUE(ZX_RIGHT_RESIZE, 0x400000u);
VALUE(ZX_RIGHT_ATTACH_VMO, 0x800000u);
VALUE(ZX_RIGHT_MANAGE_VMO, 0x1000000u);
VALUE(ZX_RIGHT_SAME_RIGHTS, 0x80000000u);

VALUE(ZX_RIGHTS_BASIC, 0xc003u);
VALUE(ZX_RIGHTS_BASIC, ZX_RIGHT_TRANSFER | ZX_RIGHT_DUPLICATE | ZX_RIGHT_WAIT | ZX_RIGHT_INSPECT);
VALUE(ZX_RIGHTS_IO, 0xcu);
VALUE(ZX_RIGHTS_IO, ZX_RIGHT_READ | ZX_RIGHT_WRITE);
VALUE(ZX_RIGHTS_PROPERTY, 0xc0u);
VALUE(ZX_RIGHTS_PROPERTY, ZX_RIGHT_GET_PROPERTY | ZX_RIGHT_SET_PROPERTY);
VALUE(ZX_RIGHTS_POLICY, 0xc00u);
VALUE(ZX_RIGHTS_POLICY, ZX_RIGHT_GET_POLICY | ZX_RIGHT_SET_POLICY);

VALUE(ZX_DEFAULT_CHANNEL_RIGHTS, 0xf00eu);
VALUE(ZX_DEFAULT_CHANNEL_RIGHTS,
      (ZX_RIGHTS_BASIC & ~ZX_RIGHT_DUPLICATE) | ZX_RIGHTS_IO | ZX_RIGHT_SIGNAL |
          ZX_RIGHT_SIGNAL_PEER);
VALUE(ZX_DEFAULT_EVENT_RIGHTS, 0xd003u);
VALUE(ZX_DEFAULT_EVENT_RIGHTS, ZX_RIGHTS_BASIC | ZX_RIGHT_SIGNAL);
VALUE(ZX_DEFAULT_EVENTPAIR_RIGHTS, 0xf003u);
VALUE(ZX_DEFAULT_EVENTPAIR_RIGHTS, ZX_RIGHTS_BASIC | ZX_RIGHT_SIGNAL | ZX_RIGHT_SIGNAL_PEER);
VALUE(ZX_DEFAULT_FIFO_RIGHTS, 0xf00fu);
VALUE(ZX_DEFAULT_FIFO_RIGHTS,
      ZX_RIGHTS_BASIC | ZX_RIGHTS_IO | ZX_RIGHT_SIGNAL | ZX_RIGHT_SIGNAL_PEER);
VALUE(ZX_DEFAULT_PORT_RIGHTS, 0x800fu);
VALUE(ZX_DEFAULT_PORT_RIGHTS, (ZX_RIGHTS_BASIC & ~ZX_RIGHT_WAIT) | ZX_RIGHTS_IO);
VALUE(ZX_DEFAULT_SOCKET_RIGHTS, 0x10f0cfu);
VALUE(ZX_DEFAULT_SOCKET_RIGHTS,
      ZX_RIGHTS_BASIC | ZX_RIGHTS_IO | ZX_RIGHTS_PROPERTY | ZX_RIGHT_SIGNAL |
          ZX_RIGHT_SIGNAL_PEER | ZX_RIGHT_MANAGE_SOCKET);
VALUE(ZX_DEFAULT_TIMER_RIGHTS, 0xd00bu);
VALUE(ZX_DEFAULT_TIMER_RIGHTS, ZX_RIGHTS_BASIC | ZX_RIGHT_WRITE | ZX_RIGHT_SIGNAL);
VALUE(ZX_DEFAULT_VMO_RIGHTS, 0xd0efu);
VALUE(ZX_DEFAULT_VMO_RIGHTS,
      ZX_RIGHTS_BASIC | ZX_RIGHTS_IO | ZX_RIGHTS_PROPERTY | ZX_RIGHT_MAP | ZX_RIGHT_SIGNAL);
VALUE(ZX_DEFAULT_VMAR_RIGHTS, 0x208003u);
VALUE(ZX_DEFAULT_VMAR_RIGHTS, (ZX_RIGHTS_BASIC & ~ZX_RIGHT_WAIT) | ZX_RIGHT_OP_CHILDREN);
VALUE(ZX_DEFAULT_CLOCK_RIGHTS, 0xd0cfu);
VALUE(ZX_DEFAULT_CLOCK_RIGHTS,
      ZX_RIGHTS_BASIC | ZX_RIGHTS_IO | ZX_RIGHTS_PROPERTY | ZX_RIGHT_SIGNAL);
VALUE(ZX_DEFAULT_STREAM_RIGHTS, 0xd0c3u);
VALUE(ZX_DEFAULT_STREAM_RIGHTS, ZX_RIGHTS_BASIC | ZX_RIGHTS_PROPERTY | ZX_RIGHT_SIGNAL);
VALUE(ZX_DEFAULT_COUNTER_RIGHTS, 0xd00fu);
VALUE(ZX_DEFAULT_COUNTER_RIGHTS, ZX_RIGHTS_BASIC | ZX_RIGHTS_IO | ZX_RIGHT_SIGNAL);
VALUE(ZX_DEFAULT_PROCESS_RIGHTS,
      ZX_RIGHTS_BASIC | ZX_RIGHTS_IO | ZX_RIGHTS_PROPERTY | ZX_RIGHT_ENUMERATE | ZX_RIGHT_DESTROY |
          ZX_RIGHT_SIGNAL | ZX_RIGHT_MANAGE_PROCESS | ZX_RIGHT_MANAGE_THREAD);
VALUE(ZX_DEFAULT_THREAD_RIGHTS,
      ZX_RIGHTS_BASIC | ZX_RIGHTS_IO | ZX_RIGHTS_PROPERTY | ZX_RIGHT_DESTROY | ZX_RIGHT_SIGNAL |
          ZX_RIGHT_MANAGE_THREAD);
VALUE(ZX_DEFAULT_JOB_RIGHTS,
      ZX_RIGHTS_BASIC | ZX_RIGHTS_IO | ZX_RIGHTS_PROPERTY | ZX_RIGHTS_POLICY | ZX_RIGHT_ENUMERATE |
          ZX_RIGHT_DESTROY | ZX_RIGHT_SIGNAL | ZX_RIGHT_MANAGE_JOB | ZX_RIGHT_MANAGE_PROCESS |
          ZX_RIGHT_MANAGE_THREAD);

/* Handles, koids, object types */

VALUE(ZX_HANDLE_INVALID, 0u);
VALUE(ZX_HANDLE_FIXED_BITS_MASK, 0x3u);
VALUE(ZX_KOID_INVALID, 0u);
VALUE(ZX_KOID_KERNEL, 1u);
VALUE(ZX_KOID_FIRST, 1024u);
VALUE(ZX_OBJ_TYPE_NONE, 0u);
VALUE(ZX_OBJ_TYPE_PROCESS, 1u);
VALUE(ZX_OBJ_TYPE_THREAD, 2u);
VALUE(ZX_OBJ_TYPE_VMO, 3u);
VALUE(ZX_OBJ_TYPE_CHANNEL, 4u);
VALUE(ZX_OBJ_TYPE_EVENT, 5u);
VALUE(ZX_OBJ_TYPE_PORT, 6u);
VALUE(ZX_OBJ_TYPE_INTERRUPT, 9u);
VALUE(ZX_OBJ_TYPE_PCI_DEVICE, 11u);
VALUE(ZX_OBJ_TYPE_DEBUGLOG, 12u);
VALUE(ZX_OBJ_TYPE_SOCKET, 14u);
VALUE(ZX_OBJ_TYPE_RESOURCE, 15u);
VALUE(ZX_OBJ_TYPE_EVENTPAIR, 16u);
VALUE(ZX_OBJ_TYPE_JOB, 17u);
VALUE(ZX_OBJ_TYPE_VMAR, 18u);
VALUE(ZX_OBJ_TYPE_FIFO, 19u);
VALUE(ZX_OBJ_TYPE_GUEST, 20u);
VALUE(ZX_OBJ_TYPE_VCPU, 21u);
VALUE(ZX_OBJ_TYPE_TIMER, 22u);
VALUE(ZX_OBJ_TYPE_IOMMU, 23u);
VALUE(ZX_OBJ_TYPE_BTI, 24u);
VALUE(ZX_OBJ_TYPE_PROFILE, 25u);
VALUE(ZX_OBJ_TYPE_PMT, 26u);
VALUE(ZX_OBJ_TYPE_SUSPEND_TOKEN, 27u);
VALUE(ZX_OBJ_TYPE_PAGER, 28u);
VALUE(ZX_OBJ_TYPE_EXCEPTION, 29u);
VALUE(ZX_OBJ_TYPE_CLOCK, 30u);
VALUE(ZX_OBJ_TYPE_STREAM, 31u);
VALUE(ZX_OBJ_TYPE_MSI, 32u);
VALUE(ZX_OBJ_TYPE_IOB, 33u);
VALUE(ZX_OBJ_TYPE_COUNTER, 34u);
VALUE(ZX_OBJ_TYPE_IOB_SHARED_REGION, 35u);
VALUE(ZX_OBJ_TYPE_LOG, 12u);
VALUE(ZX_OBJ_TYPE_UPPER_BOUND, 64u);

/* Signals */

VALUE(ZX_SIGNAL_NONE, 0u);
VALUE(__ZX_OBJECT_READABLE, 0x1u);
VALUE(__ZX_OBJECT_WRITABLE, 0x2u);
VALUE(__ZX_OBJECT_PEER_CLOSED, 0x4u);
VALUE(__ZX_OBJECT_SIGNALED, 0x8u);
VALUE(__ZX_OBJECT_SIGNAL_4, 0x10u);
VALUE(__ZX_OBJECT_SIGNAL_5, 0x20u);
VALUE(__ZX_OBJECT_SIGNAL_6, 0x40u);
VALUE(__ZX_OBJECT_SIGNAL_7, 0x80u);
VALUE(__ZX_OBJECT_SIGNAL_8, 0x100u);
VALUE(__ZX_OBJECT_SIGNAL_9, 0x200u);
VALUE(__ZX_OBJECT_SIGNAL_10, 0x400u);
VALUE(__ZX_OBJECT_SIGNAL_11, 0x800u);
VALUE(__ZX_OBJECT_SIGNAL_12, 0x1000u);
VALUE(__ZX_OBJECT_SIGNAL_13, 0x2000u);
VALUE(__ZX_OBJECT_SIGNAL_14, 0x4000u);
VALUE(__ZX_OBJECT_SIGNAL_15, 0x8000u);
VALUE(__ZX_OBJECT_SIGNAL_16, 0x10000u);
VALUE(__ZX_OBJECT_SIGNAL_17, 0x20000u);
VALUE(__ZX_OBJECT_SIGNAL_18, 0x40000u);
VALUE(__ZX_OBJECT_SIGNAL_19, 0x80000u);
VALUE(__ZX_OBJECT_SIGNAL_20, 0x100000u);
VALUE(__ZX_OBJECT_SIGNAL_21, 0x200000u);
VALUE(__ZX_OBJECT_SIGNAL_22, 0x400000u);
VALUE(__ZX_OBJECT_HANDLE_CLOSED, 0x800000u);
VALUE(__ZX_OBJECT_SIGNAL_ALL, 0xffffffu);
VALUE(ZX_SIGNAL_HANDLE_CLOSED, 0x800000u);
VALUE(ZX_USER_SIGNAL_0, 0x1000000u);
VALUE(ZX_USER_SIGNAL_1, 0x2000000u);
VALUE(ZX_USER_SIGNAL_2, 0x4000000u);
VALUE(ZX_USER_SIGNAL_3, 0x8000000u);
VALUE(ZX_USER_SIGNAL_4, 0x10000000u);
VALUE(ZX_USER_SIGNAL_5, 0x20000000u);
VALUE(ZX_USER_SIGNAL_6, 0x40000000u);
VALUE(ZX_USER_SIGNAL_7, 0x80000000u);
VALUE(ZX_USER_SIGNAL_ALL, 0xff000000u);
VALUE(ZX_EVENT_SIGNALED, 0x8u);
VALUE(ZX_EVENT_SIGNAL_MASK, 0xff000008u);
VALUE(ZX_EVENTPAIR_SIGNALED, 0x8u);
VALUE(ZX_EVENTPAIR_PEER_CLOSED, 0x4u);
VALUE(ZX_EVENTPAIR_SIGNAL_MASK, 0xff00000cu);
VALUE(ZX_CHANNEL_READABLE, 0x1u);
VALUE(ZX_CHANNEL_WRITABLE, 0x2u);
VALUE(ZX_CHANNEL_PEER_CLOSED, 0x4u);
VALUE(ZX_SOCKET_READABLE, 0x1u);
VALUE(ZX_SOCKET_WRITABLE, 0x2u);
VALUE(ZX_SOCKET_PEER_CLOSED, 0x4u);
VALUE(ZX_SOCKET_PEER_WRITE_DISABLED, 0x10u);
VALUE(ZX_SOCKET_WRITE_DISABLED, 0x20u);
VALUE(ZX_SOCKET_READ_THRESHOLD, 0x400u);
VALUE(ZX_SOCKET_WRITE_THRESHOLD, 0x800u);
VALUE(ZX_FIFO_READABLE, 0x1u);
VALUE(ZX_FIFO_WRITABLE, 0x2u);
VALUE(ZX_FIFO_PEER_CLOSED, 0x4u);
VALUE(ZX_TIMER_SIGNALED, 0x8u);
VALUE(ZX_VMO_ZERO_CHILDREN, 0x8u);
VALUE(ZX_CLOCK_STARTED, 0x10u);
VALUE(ZX_CLOCK_UPDATED, 0x20u);
VALUE(ZX_COUNTER_SIGNALED, 0x8u);
VALUE(ZX_COUNTER_POSITIVE, 0x10u);
VALUE(ZX_COUNTER_NON_POSITIVE, 0x20u);
VALUE(ZX_TASK_TERMINATED, 0x8u);
VALUE(ZX_PROCESS_TERMINATED, 0x8u);
VALUE(ZX_THREAD_TERMINATED, 0x8u);
VALUE(ZX_THREAD_RUNNING, 0x10u);
VALUE(ZX_THREAD_SUSPENDED, 0x20u);
VALUE(ZX_JOB_TERMINATED, 0x8u);
VALUE(ZX_JOB_NO_JOBS, 0x10u);
VALUE(ZX_JOB_NO_PROCESSES, 0x20u);

/* Limits */

VALUE(ZX_WAIT_MANY_MAX_ITEMS, 64u);
VALUE(ZX_MAX_NAME_LEN, 32u);
VALUE(ZX_CHANNEL_MAX_MSG_BYTES, 65536u);
VALUE(ZX_CHANNEL_MAX_MSG_HANDLES, 64u);
VALUE(ZX_CHANNEL_MAX_MSG_IOVECS, 8192u);
VALUE(ZX_FIFO_MAX_SIZE_BYTES, 4096u);
VALUE(ZX_CPRNG_DRAW_MAX_LEN, 256u);
VALUE(ZX_CPRNG_ADD_ENTROPY_MAX_LEN, 256u);
VALUE(ZX_MIN_PAGE_SIZE, 1u << ZX_MIN_PAGE_SHIFT);
VALUE(ZX_MAX_PAGE_SIZE, 1u << ZX_MAX_PAGE_SHIFT);

/* Time */

VALUE(ZX_TIME_INFINITE, INT64_MAX);
VALUE(ZX_TIME_INFINITE_PAST, INT64_MIN);
SAME(__typeof__(ZX_TIME_INFINITE_PAST), int64_t);
VALUE(ZX_CLOCK_MONOTONIC, 0u);
VALUE(ZX_CLOCK_BOOT, 1u);
VALUE(ZX_NSEC(3), 3);
VALUE(ZX_USEC(3), 3000);
VALUE(ZX_MSEC(3), 3000000);
VALUE(ZX_SEC(3), 3000000000);
VALUE(ZX_MIN(3), 180000000000);
VALUE(ZX_HOUR(3), 10800000000000);

/* Topics and properties */

VALUE(ZX_INFO_NONE, 0u);
VALUE(ZX_INFO_HANDLE_VALID, 1u);
VALUE(ZX_INFO_HANDLE_BASIC, 2u);
VALUE(ZX_INFO_PROCESS, 0x10000003u);
VALUE(ZX_INFO_VMAR, 7u);
VALUE(ZX_INFO_HANDLE_COUNT, 19u);
VALUE(ZX_INFO_PROCESS_HANDLE_STATS, 21u);
VALUE(ZX_INFO_THREAD, 10u);
VALUE(ZX_INFO_SOCKET, 22u);
VALUE(ZX_INFO_VMO_V1, 23u);
VALUE(ZX_INFO_VMO_V2, 0x10000017u);
VALUE(ZX_INFO_VMO_V3, 0x20000017u);
VALUE(ZX_INFO_VMO, 0x30000017u);
VALUE(ZX_INFO_TIMER, 25u);
VALUE(ZX_INFO_STREAM, 26u);
VALUE(ZX_INFO_HANDLE_TABLE, 27u);
VALUE(ZX_INFO_VMAR_MAPS, 36u);
VALUE(ZX_INFO_CLOCK_MAPPED_SIZE, 40u);
VALUE(ZX_INFO_VMO_TYPE_PHYSICAL, 0u);
VALUE(ZX_INFO_VMO_TYPE_PAGED, 0x1u);
VALUE(ZX_INFO_VMO_RESIZABLE, 0x2u);
VALUE(ZX_INFO_VMO_IS_COW_CLONE, 0x4u);
VALUE(ZX_INFO_VMO_VIA_HANDLE, 0x8u);
VALUE(ZX_INFO_VMO_VIA_MAPPING, 0x10u);
VALUE(ZX_INFO_VMO_PAGER_BACKED, 0x20u);
VALUE(ZX_INFO_VMO_CONTIGUOUS, 0x40u);
VALUE(ZX_INFO_VMO_DISCARDABLE, 0x80u);
VALUE(ZX_INFO_VMO_IMMUTABLE, 0x100u);
VALUE(ZX_INFO_VMO_VIA_IOB_HANDLE, 0x200u);
VALUE(ZX_PROP_REGISTER_GS, 2u);
VALUE(ZX_PROP_NAME, 3u);
VALUE(ZX_PROP_REGISTER_FS, 4u);
VALUE(ZX_PROP_PROCESS_DEBUG_ADDR, 5u);
VALUE(ZX_PROP_PROCESS_VDSO_BASE_ADDRESS, 6u);
VALUE(ZX_PROP_PROCESS_BREAK_ON_LOAD, 7u);
VALUE(ZX_PROP_PROCESS_HW_TRACE_CONTEXT_ID, 8u);
VALUE(ZX_PROP_SOCKET_RX_THRESHOLD, 12u);
VALUE(ZX_PROP_SOCKET_TX_THRESHOLD, 13u);
VALUE(ZX_PROP_JOB_KILL_ON_OOM, 15u);
VALUE(ZX_PROP_EXCEPTION_STATE, 16u);
VALUE(ZX_PROP_VMO_CONTENT_SIZE, 17u);
VALUE(ZX_PROP_EXCEPTION_STRATEGY, 18u);
VALUE(ZX_PROP_STREAM_MODE_APPEND, 19u);

/* Ports */

VALUE(ZX_WAIT_ASYNC_ONCE, 0u);
VALUE(ZX_WAIT_ASYNC_TIMESTAMP, 1u);
VALUE(ZX_WAIT_ASYNC_EDGE, 2u);
VALUE(ZX_WAIT_ASYNC_BOOT_TIMESTAMP, 4u);
VALUE(ZX_PKT_TYPE_USER, 0u);
VALUE(ZX_PKT_TYPE_SIGNAL_ONE, 1u);
VALUE(ZX_PKT_TYPE_GUEST_BELL, 3u);
VALUE(ZX_PKT_TYPE_GUEST_MEM, 4u);
VALUE(ZX_PKT_TYPE_GUEST_IO, 5u);
VALUE(ZX_PKT_TYPE_GUEST_VCPU, 6u);
VALUE(ZX_PKT_TYPE_INTERRUPT, 7u);
VALUE(ZX_PKT_TYPE_PAGE_REQUEST, 9u);
VALUE(ZX_PORT_BIND_TO_INTERRUPT, 1u);

/* Options of the other calls */

VALUE(ZX_HANDLE_OP_MOVE, 0u);
VALUE(ZX_HANDLE_OP_DUPLICATE, 1u);
VALUE(ZX_CHANNEL_READ_MAY_DISCARD, 1u);
VALUE(ZX_CHANNEL_WRITE_USE_IOVEC, 2u);
VALUE(ZX_SOCKET_STREAM, 0u);
VALUE(ZX_SOCKET_DATAGRAM, 1u);
VALUE(ZX_SOCKET_CREATE_MASK, 1u);
VALUE(ZX_SOCKET_PEEK, 8u);
VALUE(ZX_SOCKET_DISPOSITION_WRITE_DISABLED, 1u);
VALUE(ZX_SOCKET_DISPOSITION_WRITE_ENABLED, 2u);
VALUE(ZX_SOCKET_SHUTDOWN_WRITE, 1u);
VALUE(ZX_SOCKET_SHUTDOWN_READ, 2u);
VALUE(ZX_SOCKET_SHUTDOWN_MASK, 3u);
VALUE(ZX_TIMER_SLACK_CENTER, 0u);
VALUE(ZX_TIMER_SLACK_EARLY, 1u);
VALUE(ZX_TIMER_SLACK_LATE, 2u);
VALUE(ZX_STREAM_MODE_READ, 1u);
VALUE(ZX_STREAM_MODE_WRITE, 2u);
VALUE(ZX_STREAM_MODE_APPEND, 4u);
VALUE(ZX_STREAM_APPEND, 1u);
VALUE(ZX_STREAM_SEEK_ORIGIN_START, 0u);
VALUE(ZX_STREAM_SEEK_ORIGIN_CURRENT, 1u);
VALUE(ZX_STREAM_SEEK_ORIGIN_END, 2u);
VALUE(ZX_VMO_RESIZABLE, 0x2u);
VALUE(ZX_VMO_DISCARDABLE, 0x4u);
VALUE(ZX_VMO_TRAP_DIRTY, 0x8u);
VALUE(ZX_VMO_UNBOUNDED, 0x10u);
VALUE(ZX_VMO_CHILD_SNAPSHOT, 0x1u);
VALUE(ZX_VMO_CHILD_RESIZABLE, 0x4u);
VALUE(ZX_VMO_CHILD_SLICE, 0x8u);
VALUE(ZX_VMO_CHILD_SNAPSHOT_AT_LEAST_ON_WRITE, 0x10u);
VALUE(ZX_VMO_CHILD_NO_WRITE, 0x20u);
VALUE(ZX_VMO_CHILD_REFERENCE, 0x40u);
VALUE(ZX_VMO_CHILD_SNAPSHOT_MODIFIED, 0x80u);
VALUE(ZX_VMO_OP_COMMIT, 1u);
VALUE(ZX_VMO_OP_DECOMMIT, 2u);
VALUE(ZX_VMO_OP_ZERO, 10u);
VALUE(ZX_VM_PERM_READ, 0x1u);
VALUE(ZX_VM_PERM_WRITE, 0x2u);
VALUE(ZX_VM_PERM_EXECUTE, 0x4u);
VALUE(ZX_VM_COMPACT, 0x8u);
VALUE(ZX_VM_SPECIFIC, 0x10u);
VALUE(ZX_VM_SPECIFIC_OVERWRITE, 0x20u);
VALUE(ZX_VM_CAN_MAP_SPECIFIC, 0x40u);
VALUE(ZX_VM_CAN_MAP_READ, 0x80u);
VALUE(ZX_VM_CAN_MAP_WRITE, 0x100u);
VALUE(ZX_VM_CAN_MAP_EXECUTE, 0x200u);
VALUE(ZX_VM_MAP_RANGE, 0x400u);
VALUE(ZX_VM_REQUIRE_NON_RESIZABLE, 0x800u);
VALUE(ZX_VM_ALLOW_FAULTS, 0x1000u);
VALUE(ZX_VM_OFFSET_IS_UPPER_LIMIT, 0x2000u);
VALUE(ZX_VM_PERM_READ_IF_XOM_UNSUPPORTED, 0x4000u);
VALUE(ZX_VM_FAULT_BEYOND_STREAM_SIZE, 0x8000u);
VALUE(ZX_VM_ALIGN_BASE, 24);
VALUE(ZX_VM_ALIGN_1KB, 0xa000000u);
VALUE(ZX_VM_ALIGN_2KB, 0xb000000u);
VALUE(ZX_VM_ALIGN_4KB, 0xc000000u);
VALUE(ZX_VM_ALIGN_8KB, 0xd000000u);
VALUE(ZX_VM_ALIGN_16KB, 0xe000000u);
VALUE(ZX_VM_ALIGN_32KB, 0xf000000u);
VALUE(ZX_VM_ALIGN_64KB, 0x10000000u);
VALUE(ZX_VM_ALIGN_128KB, 0x11000000u);
VALUE(ZX_VM_ALIGN_256KB, 0x12000000u);
VALUE(ZX_VM_ALIGN_512KB, 0x13000000u);
VALUE(ZX_VM_ALIGN_1MB, 0x14000000u);
VALUE(ZX_VM_ALIGN_2MB, 0x15000000u);
VALUE(ZX_VM_ALIGN_4MB, 0x16000000u);
VALUE(ZX_VM_ALIGN_8MB, 0x17000000u);
VALUE(ZX_VM_ALIGN_16MB, 0x18000000u);
VALUE(ZX_VM_ALIGN_32MB, 0x19000000u);
VALUE(ZX_VM_ALIGN_64MB, 0x1a000000u);
VALUE(ZX_VM_ALIGN_128MB, 0x1b000000u);
VALUE(ZX_VM_ALIGN_256MB, 0x1c000000u);
VALUE(ZX_VM_ALIGN_512MB, 0x1d000000u);
VALUE(ZX_VM_ALIGN_1GB, 0x1e000000u);
VALUE(ZX_VM_ALIGN_2GB, 0x1f000000u);
VALUE(ZX_VM_ALIGN_4GB, 0x20000000u);

/* Clocks and features */

SIZE(zx_clock_create_args_v1_t, 8);
SIZE(zx_clock_transformation_t, 24);
FIELD(zx_clock_transformation_t, rate, 16);
SIZE(zx_clock_details_v1_t, 112);
FIELD(zx_clock_details_v1_t, backstop_time, 8);
FIELD(zx_clock_details_v1_t, reference_ticks_to_synthetic, 16);
FIELD(zx_clock_details_v1_t, reference_to_synthetic, 40);
FIELD(zx_clock_details_v1_t, error_bound, 64);
FIELD(zx_clock_details_v1_t, query_ticks, 72);
FIELD(zx_clock_details_v1_t, last_error_bounds_update_ticks, 96);
FIELD(zx_clock_details_v1_t, generation_counter, 104);
SIZE(zx_clock_update_args_v1_t, 24);
FIELD(zx_clock_update_args_v1_t, value, 8);
FIELD(zx_clock_update_args_v1_t, error_bound, 16);
SIZE(zx_clock_update_args_v2_t, 32);
FIELD(zx_clock_update_args_v2_t, synthetic_value, 8);
FIELD(zx_clock_update_args_v2_t, reference_value, 16);
FIELD(zx_clock_update_args_v2_t, error_bound, 24);
VALUE(ZX_CLOCK_ARGS_VERSION(1), 0x400000000000000u);
VALUE(ZX_CLOCK_ARGS_VERSION(64), 0u);
VALUE(ZX_CLOCK_OPT_MONOTONIC, 1u);
VALUE(ZX_CLOCK_OPT_CONTINUOUS, 2u);
VALUE(ZX_CLOCK_OPT_AUTO_START, 4u);
VALUE(ZX_CLOCK_OPT_BOOT, 8u);
VALUE(ZX_CLOCK_OPT_MAPPABLE, 16u);
VALUE(ZX_CLOCK_UPDATE_OPTION_VALUE_VALID, 1u);
VALUE(ZX_CLOCK_UPDATE_OPTION_RATE_ADJUST_VALID, 2u);
VALUE(ZX_CLOCK_UPDATE_OPTION_ERROR_BOUND_VALID, 4u);
VALUE(ZX_CLOCK_UPDATE_OPTION_REFERENCE_VALUE_VALID, 8u);
VALUE(ZX_FEATURE_KIND_CPU, 0u);
VALUE(ZX_FEATURE_KIND_HW_BREAKPOINT_COUNT, 1u);
VALUE(ZX_FEATURE_KIND_HW_WATCHPOINT_COUNT, 2u);
VALUE(ZX_FEATURE_KIND_ADDRESS_TAGGING, 3u);
VALUE(ZX_FEATURE_KIND_VM, 4u);

/* Extensions */

VALUE(ZXL_BACKEND_AUTO, 0u);
VALUE(ZXL_BACKEND_URING, 1u);
VALUE(ZXL_BACKEND_SYSCALL, 2u);
VALUE(ZXL_RING_USABLE, 0u);
VALUE(ZXL_RING_OFF, 1u);
VALUE(ZXL_RING_REFUSED, 2u);
VALUE(ZXL_RING_MISSING, 3u);
VALUE(ZXL_RING_TOO_OLD, 4u);
VALUE(ZXL_RING_NO_MEMORY, 5u);
VALUE(ZXL_SOCKET_WRITE, 0u);
VALUE(ZXL_SOCKET_READ, 1u);
VALUE(ZXL_SOCKET_BATCH_MAX_OPS, 4096u);
VALUE(ZXL_SOCKET_MAX_IOVECS, 1024u);

/* Limits size arrays in programs: as constant expressions they also do so here. */

typedef zx_wait_item_t wait_items[ZX_WAIT_MANY_MAX_ITEMS];
SIZE(wait_items, 768);
typedef zx_handle_t message_handles[ZX_CHANNEL_MAX_MSG_HANDLES];
SIZE(message_handles, 256);
