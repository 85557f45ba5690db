// The clocks of the system, and clocks that a program makes: the zx_clock_ calls.
#ifndef LIB_ZX_CLOCK_H_
#define LIB_ZX_CLOCK_H_

#include <lib/zx/handle.h>
#include <lib/zx/object.h>
#include <lib/zx/time.h>
#include <stdint.h>
#include <zircon/errors.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/clock.h>
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

  static zx_status_t create(uint64_t options, const zx_clock_create_args_v1_t* args,
                            clock* result) {
    uint64_t version = args == nullptr ? 0 : ZX_CLOCK_ARGS_VERSION(1);
    return zx_clock_create(options | version, args, result->reset_and_get_address());
  }

  zx_status_t read(zx_time_t* now) const { return zx_clock_read(get(), now); }
  template <zx_clock_t kClockId>
  zx_status_t read(basic_time<kClockId>* now) const {
    return zx_clock_read(get(), now->get_address());
  }

  zx_status_t get_details(zx_clock_details_v1_t* details) const {
    return zx_clock_get_details(get(), ZX_CLOCK_ARGS_VERSION(1), details);
  }

  // What an update changes: as much as is set.
  class update_args final {
   public:
    constexpr update_args() = default;

    constexpr update_args& reset() { return *this = update_args(); }

    // What the clock shows from now on.
    template <zx_clock_t kClockId>
    constexpr update_args& set_value(basic_time<kClockId> value) {
      args_.synthetic_value = value.get();
      return add(ZX_CLOCK_UPDATE_OPTION_SYNTHETIC_VALUE_VALID);
    }

    // When the update happens, on the clock that this one refers to.
    template <zx_clock_t kClockId>
    constexpr update_args& set_reference_value(basic_time<kClockId> reference) {
      args_.reference_value = reference.get();
      return add(ZX_CLOCK_UPDATE_OPTION_REFERENCE_VALUE_VALID);
    }

    template <zx_clock_t kReferenceId, zx_clock_t kClockId>
    constexpr update_args& set_both_values(basic_time<kReferenceId> reference,
                                           basic_time<kClockId> value) {
      return set_reference_value(reference).set_value(value);
    }

    // Parts in a million.
    constexpr update_args& set_rate_adjust(int32_t rate_adjust) {
      args_.rate_adjust = rate_adjust;
      return add(ZX_CLOCK_UPDATE_OPTION_RATE_ADJUST_VALID);
    }

    constexpr update_args& set_error_bound(uint64_t error_bound) {
      args_.error_bound = error_bound;
      return add(ZX_CLOCK_UPDATE_OPTION_ERROR_BOUND_VALID);
    }

   private:
    friend class clock;

    constexpr update_args& add(uint64_t option) {
      options_ |= option;
      return *this;
    }

    uint64_t options_ = ZX_CLOCK_ARGS_VERSION(2);
    zx_clock_update_args_v2_t args_ = {};
  };

  zx_status_t update(const update_args& args) const {
    return zx_clock_update(get(), args.options_, &args.args_);
  }
};

using unowned_clock = unowned<clock>;

}  // namespace zx

#endif  // LIB_ZX_CLOCK_H_
