/* The handles that a Fuchsia process is born with. They are borrowed: do not close them. Each is the
 * same value every time; a thread's own is good until the thread ends. Without memory for it the
 * answer is ZX_HANDLE_INVALID, which every call refuses. */
#ifndef ZIRCON_PROCESS_H_
#define ZIRCON_PROCESS_H_

#include <zircon/compiler.h>
#include <zircon/types.h>

__BEGIN_CDECLS

zx_handle_t zx_thread_self(void);
zx_handle_t _zx_thread_self(void);

zx_handle_t zx_process_self(void);
zx_handle_t _zx_process_self(void);

zx_handle_t zx_vmar_root_self(void);
zx_handle_t _zx_vmar_root_self(void);

zx_handle_t zx_job_default(void);
zx_handle_t _zx_job_default(void);

/* Takes, once, the handle that the launcher gave under this processargs number. */
zx_handle_t zx_take_startup_handle(uint32_t handle_info);
zx_handle_t _zx_take_startup_handle(uint32_t handle_info);

__END_CDECLS

#endif /* ZIRCON_PROCESS_H_ */
