/* Rights: what may be done through a handle. They never change; a new handle may have fewer. */
#ifndef ZIRCON_RIGHTS_H_
#define ZIRCON_RIGHTS_H_

#include <stdint.h>

typedef uint32_t zx_rights_t;

#define ZX_RIGHT_NONE ((zx_rights_t)0u)
#define ZX_RIGHT_DUPLICATE ((zx_rights_t)1u << 0)
#define ZX_RIGHT_TRANSFER ((zx_rights_t)1u << 1)
#define ZX_RIGHT_READ ((zx_rights_t)1u << 2)
#define ZX_RIGHT_WRITE ((zx_rights_t)1u << 3)
#define ZX_RIGHT_EXECUTE ((zx_rights_t)1u << 4)
#define ZX_RIGHT_MAP ((zx_rights_t)1u << 5)
#define ZX_RIGHT_GET_PROPERTY ((zx_rights_t)1u << 6)
#define ZX_RIGHT_SET_PROPERTY ((zx_rights_t)1u << 7)
#define ZX_RIGHT_ENUMERATE ((zx_rights_t)1u << 8)
#define ZX_RIGHT_DESTROY ((zx_rights_t)1u << 9)
#define ZX_RIGHT_SET_POLICY ((zx_rights_t)1u << 10)
#define ZX_RIGHT_GET_POLICY ((zx_rights_t)1u << 11)
#define ZX_RIGHT_SIGNAL ((zx_rights_t)1u << 12)
#define ZX_RIGHT_SIGNAL_PEER ((zx_rights_t)1u << 13)
#define ZX_RIGHT_WAIT ((zx_rights_t)1u << 14)
#define ZX_RIGHT_INSPECT ((zx_rights_t)1u << 15)
#define ZX_RIGHT_MANAGE_JOB ((zx_rights_t)1u << 16)
#define ZX_RIGHT_MANAGE_PROCESS ((zx_rights_t)1u << 17)
#define ZX_RIGHT_MANAGE_THREAD ((zx_rights_t)1u << 18)
#define ZX_RIGHT_APPLY_PROFILE ((zx_rights_t)1u << 19)
#define ZX_RIGHT_MANAGE_SOCKET ((zx_rights_t)1u << 20)
#define ZX_RIGHT_OP_CHILDREN ((zx_rights_t)1u << 21)
#define ZX_RIGHT_RESIZE ((zx_rights_t)1u << 22)
#define ZX_RIGHT_ATTACH_VMO ((zx_rights_t)1u << 23)
#define ZX_RIGHT_MANAGE_VMO ((zx_rights_t)1u << 24)

/* In a request: the rights of the source. Never among the rights of a handle. */
#define ZX_RIGHT_SAME_RIGHTS ((zx_rights_t)1u << 31)

/* Groups and default rights are written as numbers, which Swift imports where it does not import a
 * sum of many terms; CZircon.c asserts what each is made of. */

/* TRANSFER, DUPLICATE, WAIT, INSPECT */
#define ZX_RIGHTS_BASIC ((zx_rights_t)0xc003u)
/* READ, WRITE */
#define ZX_RIGHTS_IO ((zx_rights_t)0xcu)
/* GET_PROPERTY, SET_PROPERTY */
#define ZX_RIGHTS_PROPERTY ((zx_rights_t)0xc0u)
/* GET_POLICY, SET_POLICY */
#define ZX_RIGHTS_POLICY ((zx_rights_t)0xc00u)

/* What the creating calls give. */

/* BASIC without DUPLICATE, IO, SIGNAL, SIGNAL_PEER */
#define ZX_DEFAULT_CHANNEL_RIGHTS ((zx_rights_t)0xf00eu)
/* BASIC, SIGNAL */
#define ZX_DEFAULT_EVENT_RIGHTS ((zx_rights_t)0xd003u)
/* BASIC, SIGNAL, SIGNAL_PEER */
#define ZX_DEFAULT_EVENTPAIR_RIGHTS ((zx_rights_t)0xf003u)
/* BASIC, IO, SIGNAL, SIGNAL_PEER */
#define ZX_DEFAULT_FIFO_RIGHTS ((zx_rights_t)0xf00fu)
/* BASIC without WAIT, IO */
#define ZX_DEFAULT_PORT_RIGHTS ((zx_rights_t)0x800fu)
/* BASIC, IO, PROPERTY, SIGNAL, SIGNAL_PEER, MANAGE_SOCKET */
#define ZX_DEFAULT_SOCKET_RIGHTS ((zx_rights_t)0x10f0cfu)
/* BASIC, WRITE, SIGNAL */
#define ZX_DEFAULT_TIMER_RIGHTS ((zx_rights_t)0xd00bu)
/* BASIC, IO, PROPERTY, MAP, SIGNAL; a resizable VMO also gets RESIZE */
#define ZX_DEFAULT_VMO_RIGHTS ((zx_rights_t)0xd0efu)
/* BASIC without WAIT, OP_CHILDREN; also READ, WRITE, EXECUTE as the region allows */
#define ZX_DEFAULT_VMAR_RIGHTS ((zx_rights_t)0x208003u)
/* BASIC, IO, SIGNAL, PROPERTY */
#define ZX_DEFAULT_CLOCK_RIGHTS ((zx_rights_t)0xd0cfu)
/* BASIC, PROPERTY, SIGNAL */
#define ZX_DEFAULT_STREAM_RIGHTS ((zx_rights_t)0xd0c3u)
/* BASIC, IO, SIGNAL */
#define ZX_DEFAULT_COUNTER_RIGHTS ((zx_rights_t)0xd00fu)
/* BASIC, IO, PROPERTY, ENUMERATE, DESTROY, SIGNAL, MANAGE_PROCESS, MANAGE_THREAD */
#define ZX_DEFAULT_PROCESS_RIGHTS ((zx_rights_t)0x6d3cfu)
/* BASIC, IO, PROPERTY, DESTROY, SIGNAL, MANAGE_THREAD */
#define ZX_DEFAULT_THREAD_RIGHTS ((zx_rights_t)0x4d2cfu)
/* BASIC, IO, PROPERTY, POLICY, ENUMERATE, DESTROY, SIGNAL, MANAGE_JOB, MANAGE_PROCESS,
 * MANAGE_THREAD */
#define ZX_DEFAULT_JOB_RIGHTS ((zx_rights_t)0x7dfcfu)

#endif /* ZIRCON_RIGHTS_H_ */
