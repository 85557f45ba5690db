/* What the table of calls says about the library itself, for the conformance page.
 *
 * Not part of the public headers, and not exported from libzircon.so. */
#ifndef CSYSCALLS_H_
#define CSYSCALLS_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CSYSCALLS_COVERAGE_NO ((uint32_t)0u)
#define CSYSCALLS_COVERAGE_PARTLY ((uint32_t)1u)
#define CSYSCALLS_COVERAGE_YES ((uint32_t)2u)

typedef struct csyscalls_call {
  const char* name;   /* "zx_socket_write" */
  const char* reason; /* one sentence, or nothing; no line feed */
  uint32_t coverage;  /* CSYSCALLS_COVERAGE_* */
} csyscalls_call_t;

/* All calls, in the order of the table. Static storage; count must not be NULL. */
const csyscalls_call_t* csyscalls_conformance(size_t* count);

#ifdef __cplusplus
}
#endif

#endif /* CSYSCALLS_H_ */
