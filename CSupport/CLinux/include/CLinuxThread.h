/* A number that each thread keeps. */
#ifndef CLINUX_THREAD_H
#define CLINUX_THREAD_H

#include <stdint.h>

extern _Thread_local uint64_t clinux_thread_number_storage
    __attribute__((tls_model("initial-exec")));

/* 0 until the thread sets it. */
static inline uint64_t clinux_thread_number(void) { return clinux_thread_number_storage; }

static inline void clinux_set_thread_number(uint64_t number) {
  clinux_thread_number_storage = number;
}

#endif
