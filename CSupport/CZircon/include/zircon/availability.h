/* Notes in Fuchsia's own headers of the API level that brought or took something. Here they say
 * nothing, and everything up to the newest level is there. */
#ifndef ZIRCON_AVAILABILITY_H_
#define ZIRCON_AVAILABILITY_H_

/* After a declaration, with one or more levels and, where something goes, a message. */
#define ZX_AVAILABLE_SINCE(...)
#define ZX_DEPRECATED_SINCE(...)
#define ZX_REMOVED_SINCE(...)

/* In #if: a level is a number or a name such as NEXT. */
#define FUCHSIA_API_LEVEL_AT_LEAST(level) (1)
#define FUCHSIA_API_LEVEL_LESS_THAN(level) (0)

#endif /* ZIRCON_AVAILABILITY_H_ */
