/* The target, scalar types and structures. */
#include "Asserts.h"

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

SIZE(zxl_peer_t, 16);
ALIGN(zxl_peer_t, 4);
FIELD(zxl_peer_t, pid, 0);
FIELD(zxl_peer_t, uid, 4);
FIELD(zxl_peer_t, gid, 8);
FIELD(zxl_peer_t, reserved, 12);

SIZE(zxl_socket_op_t, 40);
ALIGN(zxl_socket_op_t, 8);
FIELD(zxl_socket_op_t, op, 0);
FIELD(zxl_socket_op_t, handle, 4);
FIELD(zxl_socket_op_t, options, 8);
FIELD(zxl_socket_op_t, status, 12);
FIELD(zxl_socket_op_t, buffer, 16);
FIELD(zxl_socket_op_t, size, 24);
FIELD(zxl_socket_op_t, actual, 32);

SIZE(fdio_spawn_action_t, 24);
ALIGN(fdio_spawn_action_t, 8);
FIELD(fdio_spawn_action_t, action, 0);
FIELD(fdio_spawn_action_t, fd.local_fd, 8);
FIELD(fdio_spawn_action_t, fd.target_fd, 12);
FIELD(fdio_spawn_action_t, ns.prefix, 8);
FIELD(fdio_spawn_action_t, ns.handle, 16);
FIELD(fdio_spawn_action_t, h.id, 8);
FIELD(fdio_spawn_action_t, h.handle, 12);
FIELD(fdio_spawn_action_t, name.data, 8);
FIELD(fdio_spawn_action_t, dir.prefix, 8);
