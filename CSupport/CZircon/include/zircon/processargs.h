/* The first message of a process: its arguments, and what each of its first handles is for. */
#ifndef ZIRCON_PROCESSARGS_H_
#define ZIRCON_PROCESSARGS_H_

#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

__BEGIN_CDECLS

#define ZX_PROCARGS_PROTOCOL ((uint32_t)0x4150585du)
#define ZX_PROCARGS_VERSION ((uint32_t)0x1000u)

/* Offsets count bytes from the start of the message. */
typedef struct zx_proc_args {
  uint32_t protocol;
  uint32_t version;
  uint32_t handle_info_off; /* of one uint32_t for each handle: PA_HND */
  uint32_t args_off;        /* of strings, each with its NUL */
  uint32_t args_num;
  uint32_t environ_off; /* of strings of the form NAME=VALUE, each with its NUL */
  uint32_t environ_num;
  uint32_t names_off; /* of the names that PA_NS_DIR refers to, each with its NUL */
  uint32_t names_num;
} zx_proc_args_t;

/* What a handle is for, and an argument that goes with it. */
#define PA_HND(type, arg) (((type) & 0xFF) | (((arg) & 0xFFFF) << 16))
#define PA_HND_TYPE(info) ((info) & 0xFF)
#define PA_HND_ARG(info) (((info) >> 16) & 0xFFFF)

/* The process itself */
#define PA_PROC_SELF 0x01u
#define PA_THREAD_SELF 0x02u
#define PA_JOB_DEFAULT 0x03u
#define PA_VMAR_ROOT 0x04u
#define PA_VMAR_LOADED 0x05u

/* Loading */
#define PA_LDSVC_LOADER 0x10u
#define PA_VMO_VDSO 0x11u
#define PA_VMO_STACK 0x13u
#define PA_VMO_EXECUTABLE 0x14u
#define PA_VMO_BOOTDATA 0x1Au
#define PA_VMO_BOOTFS 0x1Bu
#define PA_VMO_KERNEL_FILE 0x1Cu
#define PA_VMO_COMPONENT_CONFIG 0x1Du

/* A folder of the namespace; the argument is the index of its name. */
#define PA_NS_DIR 0x20u

/* Files; the argument is the descriptor. */
#define PA_FD 0x30u

#define PA_LIFECYCLE 0x3Au
#define PA_DIRECTORY_REQUEST 0x3Bu
#define PA_RESOURCE 0x3Fu
#define PA_CLOCK_UTC 0x40u

#define PA_MMIO_RESOURCE 0x50u
#define PA_IRQ_RESOURCE 0x51u
#define PA_IOPORT_RESOURCE 0x52u
#define PA_SMC_RESOURCE 0x53u
#define PA_SYSTEM_RESOURCE 0x54u

/* Free for programs */
#define PA_USER0 0xF0u
#define PA_USER1 0xF1u
#define PA_USER2 0xF2u

__END_CDECLS

#endif /* ZIRCON_PROCESSARGS_H_ */
