/* Names of status codes. */
#ifndef ZIRCON_STATUS_H_
#define ZIRCON_STATUS_H_

#include <zircon/compiler.h>
#include <zircon/types.h>

__BEGIN_CDECLS

/* "ZX_OK", "ZX_ERR_INTERNAL", ...; "(UNKNOWN)" for what has no name. Static storage, never NULL. */
const char* zx_status_get_string(zx_status_t status);
const char* _zx_status_get_string(zx_status_t status);

__END_CDECLS

#endif /* ZIRCON_STATUS_H_ */
