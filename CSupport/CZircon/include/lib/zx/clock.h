// The clocks of the system, and clocks that a program makes: the zx_clock_ calls.
#ifndef LIB_ZX_CLOCK_H_
#define LIB_ZX_CLOCK_H_

#include <lib/zx/handle.h>
#include <lib/zx/object.h>
#include <lib/zx/time.h>
#include <stdint.h>
#include <zircon/errors.h>
#include <zircon/syscalls.h>
#include <zircon/types.h>

namespace zx {

class clock final : public object<clock> {
 public:
  static constexpr zx_obj_type_t TYPE = ZX_OBJ_TYPE_CLOCK;

  using object<clock>::object;

  static zx::time get_monotonic() { return zx::time(zx_clock_get_monotonic()); }
  static zx::time_boot get_boot() { return zx::time_boot(zx_clock_get_boot()); }

  // The clock that the type of the result says.
  template <zx_clock_t kClockId>
  static zx_status_t get(basic_time<kClockId>* result) {
    static_assert(kClockId == ZX_CLOCK_MONOTONIC || kClockId == ZX_CLOCK_BOOT,
                  "The system has no such clock.");
    *result = basic_time<kClockId>(kClockId == ZX_CLOCK_BOOT ? zx_clock_get_boot()
                                                             : zx_clock_get_monotonic());
    return ZX_OK;
  }

  // The handle, which the other get hides.
  using object<clock>::get;

  // The version of `args` is in `options`, as zx_clock_create wants it.
  static zx_status_t create(uint64_t options, const void* args, clock* result) {
    return zx_clock_create(options, args, result->reset_and_get_address());
  }

  zx_status_t read(zx_time_t* now) const { return zx_clock_read(get(), now); }

  template <zx_clock_t kClockId>
  zx_status_t read(basic_time<kClockId>* now) const {
    return zx_clock_read(get(), now->get_address());
  }

  // The version of the record is in `options`.
  zx_status_t get_details(uint64_t options, void* details) const {
    return zx_clock_get_details(get(), options, details);
  }

  zx_status_t update(uint64_t options, const void* args) const {
    return zx_clock_update(get(), options, args);
  }
};

using unowned_clock = unowned<clock>;

}  // namespace zx

#endif  // LIB_ZX_CLOCK_H_
