/* FIDL on the wire: the types that messages are made of. Their bindings are not here. */
#ifndef ZIRCON_FIDL_H_
#define ZIRCON_FIDL_H_

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

__BEGIN_CDECLS

#define FIDL_MAX_SIZE UINT32_MAX
#define FIDL_MAX_DEPTH 32

/* What lies out of line begins at a multiple of 8 bytes. */
#define FIDL_ALIGNMENT ((size_t)8)
#define FIDL_ALIGN(size) (((size) + 7u) & ~7u)
#define FIDL_ALIGNDECL alignas(8)

/* On the wire, in the place of a pointer and of a handle. */
#define FIDL_ALLOC_PRESENT ((uintptr_t)UINTPTR_MAX)
#define FIDL_ALLOC_ABSENT ((uintptr_t)0)
#define FIDL_HANDLE_PRESENT ((zx_handle_t)UINT32_MAX)
#define FIDL_HANDLE_ABSENT ((zx_handle_t)0u)

/* Tables for a type, which only bindings look into. */
typedef struct fidl_type fidl_type_t;

typedef struct fidl_string {
  uint64_t size; /* bytes; without a NUL */
  char* data;
} fidl_string_t;

typedef struct fidl_vector {
  uint64_t count; /* elements */
  void* data;
} fidl_vector_t;

typedef struct fidl_envelope {
  uint32_t num_bytes;
  uint32_t num_handles;
  union {
    void* data;
    uintptr_t presence;
  };
} fidl_envelope_t;

typedef struct fidl_envelope_v2 {
  union {
    uint32_t num_bytes;
    uint8_t inline_value[4];
  };
  uint16_t num_handles;
  uint16_t flags;
} fidl_envelope_v2_t;

/* fidl_envelope_v2_t.flags: the value is in the envelope, which holds so many bytes. */
#define FIDL_ENVELOPE_FLAGS_INLINING_MASK 0x01
#define FIDL_ENVELOPE_INLINING_SIZE_THRESHOLD 4

typedef uint32_t fidl_union_tag_t;
typedef uint64_t fidl_xunion_tag_t;
#define FIDL_XUNION_EMPTY_TAG ((fidl_xunion_tag_t)0u)

typedef struct fidl_table {
  fidl_vector_t envelopes;
} fidl_table_t;

typedef struct fidl_xunion {
  fidl_xunion_tag_t tag;
  fidl_envelope_t envelope;
} fidl_xunion_t;

typedef struct fidl_xunion_v2 {
  fidl_xunion_tag_t tag;
  fidl_envelope_v2_t envelope;
} fidl_xunion_v2_t;

/* Messages */

enum {
  kFidlXUnionEmptyTag = 0,
  kFidlWireFormatMagicNumberInitial = 1,
};

#define FIDL_MESSAGE_HEADER_AT_REST_FLAGS_0_USE_VERSION_V2 0x02
#define FIDL_MESSAGE_HEADER_DYNAMIC_FLAGS_STRICT_METHOD ((uint8_t)0u)
#define FIDL_MESSAGE_HEADER_DYNAMIC_FLAGS_FLEXIBLE_METHOD ((uint8_t)0x80u)
#define FIDL_MESSAGE_HEADER_DYNAMIC_FLAGS_BYTE_OVERFLOW ((uint8_t)0x40u)

typedef struct fidl_message_header {
  zx_txid_t txid; /* FIDL_TXID_NO_RESPONSE if nothing comes back */
  uint8_t at_rest_flags[2];
  uint8_t dynamic_flags;
  uint8_t magic_number;
  uint64_t ordinal;
} fidl_message_header_t;

#define FIDL_TXID_NO_RESPONSE 0ul

/* The last message before a channel is closed. */
#define FIDL_EPITAPH_ORDINAL ((uint64_t)0xffffffffffffffffu)

typedef struct fidl_epitaph {
  FIDL_ALIGNDECL fidl_message_header_t hdr;
  zx_status_t error;
} fidl_epitaph_t;

/* A message with its handles: the form of 2018 to 2020. */
typedef struct fidl_msg {
  void* bytes;
  zx_handle_t* handles;
  uint32_t num_bytes;
  uint32_t num_handles;
} fidl_msg_t;

typedef uint32_t fidl_handle_t;
#define FIDL_HANDLE_INVALID ((fidl_handle_t)0u)

typedef struct fidl_handle_metadata fidl_handle_metadata_t;

typedef struct fidl_channel_handle_metadata {
  zx_obj_type_t obj_type;
  zx_rights_t rights;
} fidl_channel_handle_metadata_t;

typedef struct fidl_outgoing_msg_byte {
  void* bytes;
  fidl_handle_t* handles;
  fidl_handle_metadata_t* handle_metadata;
  uint32_t num_bytes;
  uint32_t num_handles;
} fidl_outgoing_msg_byte_t;

typedef struct fidl_outgoing_msg_iovec {
  zx_channel_iovec_t* iovecs;
  uint32_t num_iovecs;
  fidl_handle_t* handles;
  fidl_handle_metadata_t* handle_metadata;
  uint32_t num_handles;
} fidl_outgoing_msg_iovec_t;

typedef uint8_t fidl_outgoing_msg_type;
#define FIDL_OUTGOING_MSG_TYPE_BYTE ((fidl_outgoing_msg_type)1u)
#define FIDL_OUTGOING_MSG_TYPE_IOVEC ((fidl_outgoing_msg_type)2u)

typedef struct fidl_outgoing_msg {
  fidl_outgoing_msg_type type;
  union {
    fidl_outgoing_msg_byte_t byte;
    fidl_outgoing_msg_iovec_t iovec;
  };
} fidl_outgoing_msg_t;

typedef struct fidl_incoming_msg {
  void* bytes;
  fidl_handle_t* handles;
  fidl_handle_metadata_t* handle_metadata;
  uint32_t num_bytes;
  uint32_t num_handles;
} fidl_incoming_msg_t;

__END_CDECLS

#endif /* ZIRCON_FIDL_H_ */
