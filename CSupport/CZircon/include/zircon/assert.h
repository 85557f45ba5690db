/* Assertions that end the program with a message on standard error. */
#ifndef ZIRCON_ASSERT_H_
#define ZIRCON_ASSERT_H_

#include <zircon/compiler.h>

__BEGIN_CDECLS

/* Prints the message and aborts. Programs call ZX_PANIC. */
void __zx_panic(const char* format, ...) __NO_RETURN __PRINTFLIKE(1, 2);

__END_CDECLS

/* ZX_PANIC(format, ...) */
#define ZX_PANIC(...) __zx_panic(__VA_ARGS__)

/* The condition is always evaluated. */
#define ZX_ASSERT(condition)                                                                  \
  do {                                                                                        \
    if (__UNLIKELY(!(condition))) {                                                           \
      __zx_panic("ASSERT FAILED at (%s:%d): %s\n", __FILE__, __LINE__, #condition);           \
    }                                                                                         \
  } while (0)

/* ZX_ASSERT_MSG(condition, format, ...): the format is a literal. */
#define ZX_ASSERT_MSG(condition, ...)                                                         \
  do {                                                                                        \
    if (__UNLIKELY(!(condition))) {                                                           \
      __ZX_ASSERT_PANIC(#condition, __VA_ARGS__, "\n");                                       \
    }                                                                                         \
  } while (0)

/* The last argument ends the line. It also keeps the list from being empty, as C11 asks. */
#define __ZX_ASSERT_PANIC(condition, format, ...)                                             \
  __zx_panic("ASSERT FAILED at (%s:%d): %s\n" format "%s", __FILE__, __LINE__, condition,     \
             __VA_ARGS__)

/* The ZX_DEBUG_ forms evaluate their condition only where this is not 0. */
#ifndef ZX_DEBUG_ASSERT_IMPLEMENTED
#ifdef NDEBUG
#define ZX_DEBUG_ASSERT_IMPLEMENTED 0
#else
#define ZX_DEBUG_ASSERT_IMPLEMENTED 1
#endif
#endif

#define ZX_DEBUG_ASSERT(condition)                                                            \
  do {                                                                                        \
    if (ZX_DEBUG_ASSERT_IMPLEMENTED && __UNLIKELY(!(condition))) {                            \
      __zx_panic("DEBUG ASSERT FAILED at (%s:%d): %s\n", __FILE__, __LINE__, #condition);     \
    }                                                                                         \
  } while (0)

#define ZX_DEBUG_ASSERT_MSG(condition, ...)                                                   \
  do {                                                                                        \
    if (ZX_DEBUG_ASSERT_IMPLEMENTED && __UNLIKELY(!(condition))) {                            \
      __ZX_ASSERT_PANIC(#condition, __VA_ARGS__, "\n");                                       \
    }                                                                                         \
  } while (0)

#endif /* ZIRCON_ASSERT_H_ */
