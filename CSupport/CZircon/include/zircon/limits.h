/* The page sizes that a Zircon system can have. The one in use: zx_system_get_page_size. */
#ifndef ZIRCON_LIMITS_H_
#define ZIRCON_LIMITS_H_

#include <stdint.h>

#define ZX_MIN_PAGE_SHIFT ((uint32_t)12u)
#define ZX_MIN_PAGE_SIZE ((uintptr_t)0x1000u)

#if defined(__aarch64__)
#define ZX_MAX_PAGE_SHIFT ((uint32_t)16u)
#define ZX_MAX_PAGE_SIZE ((uintptr_t)0x10000u)
#else
#define ZX_MAX_PAGE_SHIFT ((uint32_t)21u)
#define ZX_MAX_PAGE_SIZE ((uintptr_t)0x200000u)
#endif

#endif /* ZIRCON_LIMITS_H_ */
