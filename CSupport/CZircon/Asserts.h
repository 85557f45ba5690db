/* What the files of asserts beside this one share: all the headers, and how a promise is written.
 *
 * The headers promise numbers and layouts to programs that are already compiled; these files hold
 * them to it, and have nothing else to compile. */
#ifndef CZIRCON_ASSERTS_H
#define CZIRCON_ASSERTS_H

#include <lib/fdio/fd.h>
#include <lib/fdio/spawn.h>
#include <lib/fdio/util.h>
#include <zircon/assert.h>
#include <zircon/compiler.h>
#include <zircon/errors.h>
#include <zircon/features.h>
#include <zircon/fidl.h>
#include <zircon/limits.h>
#include <zircon/linux.h>
#include <zircon/listnode.h>
#include <zircon/process.h>
#include <zircon/processargs.h>
#include <zircon/rights.h>
#include <zircon/status.h>
#include <zircon/string_view.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/clock.h>
#include <zircon/syscalls/exception.h>
#include <zircon/syscalls/hypervisor.h>
#include <zircon/syscalls/iob.h>
#include <zircon/syscalls/object.h>
#include <zircon/syscalls/pci.h>
#include <zircon/syscalls/port.h>
#include <zircon/syscalls/profile.h>
#include <zircon/syscalls/scheduler.h>
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

#endif
