// What all kinds of handles have in common: zx::object<T> owns one, zx::unowned<T> borrows one.
//
// Calls have the statuses of the zx_object_ and zx_handle_ calls that they are. A call that gives a
// handle resets the result first or replaces it, so that nothing leaks; after an error it is empty.
#ifndef LIB_ZX_OBJECT_H_
#define LIB_ZX_OBJECT_H_

#include <lib/zx/object_traits.h>
#include <lib/zx/time.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/syscalls.h>
#include <zircon/types.h>

#include <type_traits>

namespace zx {

template <typename T>
class unowned;

// Owns a handle and closes it at the end. What does not depend on the kind of object.
class object_base {
 public:
  object_base(const object_base&) = delete;
  object_base& operator=(const object_base&) = delete;

  // Closes the handle and owns `value` instead.
  void reset(zx_handle_t value = ZX_HANDLE_INVALID) {
    close();
    value_ = value;
  }

  // Gives the handle away: the caller closes it.
  __WARN_UNUSED_RESULT zx_handle_t release() {
    zx_handle_t value = value_;
    value_ = ZX_HANDLE_INVALID;
    return value;
  }

  // Whether there is a handle. Does not ask the kernel.
  bool is_valid() const { return value_ != ZX_HANDLE_INVALID; }
  explicit operator bool() const { return is_valid(); }

  zx_handle_t get() const { return value_; }
  const zx_handle_t* get_address() const { return &value_; }

  // For calls that store a handle: closes the old one first.
  zx_handle_t* reset_and_get_address() {
    reset();
    return &value_;
  }

  zx_status_t get_info(uint32_t topic, void* buffer, size_t buffer_size, size_t* actual_count,
                       size_t* avail_count) const {
    return zx_object_get_info(value_, topic, buffer, buffer_size, actual_count, avail_count);
  }

  zx_status_t get_property(uint32_t property, void* value, size_t size) const {
    return zx_object_get_property(value_, property, value, size);
  }

  zx_status_t set_property(uint32_t property, const void* value, size_t size) const {
    return zx_object_set_property(value_, property, value, size);
  }

 protected:
  constexpr object_base() = default;
  explicit constexpr object_base(zx_handle_t value) : value_(value) {}
  ~object_base() { close(); }

  void close() {
    if (value_ != ZX_HANDLE_INVALID) {
      zx_handle_close(value_);
      value_ = ZX_HANDLE_INVALID;
    }
  }

  zx_handle_t value_ = ZX_HANDLE_INVALID;
};

// Owns a handle to a T, which inherits from this; T is void for one of any kind, zx::handle. Moved,
// not copied.
template <typename T>
class object : public object_base {
 public:
  constexpr object() = default;
  explicit constexpr object(zx_handle_t value) : object_base(value) {}

  object(object&& other) noexcept : object_base(other.release()) {}
  object& operator=(object&& other) noexcept {
    reset(other.release());
    return *this;
  }

  // To a zx::handle from any other.
  template <typename U, std::enable_if_t<std::is_void_v<T> && !std::is_void_v<U>, int> = 0>
  object(object<U>&& other) noexcept : object_base(other.release()) {}
  template <typename U, std::enable_if_t<std::is_void_v<T> && !std::is_void_v<U>, int> = 0>
  object& operator=(object<U>&& other) noexcept {
    reset(other.release());
    return *this;
  }

  // From a zx::handle. Whether it is a T, the calls will tell.
  template <typename U, std::enable_if_t<!std::is_void_v<T> && std::is_void_v<U>, int> = 0>
  explicit object(object<U>&& other) noexcept : object_base(other.release()) {}

  void swap(object& other) noexcept {
    zx_handle_t value = value_;
    value_ = other.value_;
    other.value_ = value;
  }

  // Lends the handle. It must not be closed meanwhile.
  unowned<std::conditional_t<std::is_void_v<T>, object, T>> borrow() const {
    return unowned<std::conditional_t<std::is_void_v<T>, object, T>>(get());
  }

  zx_status_t duplicate(zx_rights_t rights, object* result) const {
    static_assert(object_traits<T>::supports_duplication, "This object cannot be duplicated.");
    zx_handle_t copy = ZX_HANDLE_INVALID;
    zx_status_t status = zx_handle_duplicate(value_, rights, &copy);
    result->reset(copy);
    return status;
  }

  // The old handle is gone in any case. `result` may be this.
  zx_status_t replace(zx_rights_t rights, object* result) {
    zx_handle_t replacement = ZX_HANDLE_INVALID;
    zx_status_t status = zx_handle_replace(release(), rights, &replacement);
    result->reset(replacement);
    return status;
  }

  zx_status_t wait_one(zx_signals_t signals, zx::time deadline, zx_signals_t* pending) const {
    static_assert(object_traits<T>::supports_wait, "This object cannot be waited for.");
    return zx_object_wait_one(value_, signals, deadline.get(), pending);
  }

  zx_status_t wait_async(const object<port>& port, uint64_t key, zx_signals_t signals,
                         uint32_t options) const {
    static_assert(object_traits<T>::supports_wait, "This object cannot be waited for.");
    return zx_object_wait_async(value_, port.get(), key, signals, options);
  }

  static zx_status_t wait_many(zx_wait_item_t* items, size_t count, zx::time deadline) {
    static_assert(object_traits<T>::supports_wait, "This object cannot be waited for.");
    return zx_object_wait_many(items, count, deadline.get());
  }

  zx_status_t signal(uint32_t clear_mask, uint32_t set_mask) const {
    static_assert(object_traits<T>::supports_user_signal, "This object cannot be signaled.");
    return zx_object_signal(value_, clear_mask, set_mask);
  }

  zx_status_t signal_peer(uint32_t clear_mask, uint32_t set_mask) const {
    static_assert(object_traits<T>::supports_user_signal, "This object cannot be signaled.");
    static_assert(object_traits<T>::has_peer_handle, "This object has no peer.");
    return zx_object_signal_peer(value_, clear_mask, set_mask);
  }

  // `result` may be this.
  zx_status_t get_child(uint64_t koid, zx_rights_t rights, object<void>* result) const {
    static_assert(object_traits<T>::supports_get_child, "This object has no children.");
    zx_handle_t child = ZX_HANDLE_INVALID;
    zx_status_t status = zx_object_get_child(value_, koid, rights, &child);
    result->reset(child);
    return status;
  }

  zx_status_t set_profile(const object<profile>& profile, uint32_t options) const {
    static_assert(object_traits<T>::supports_set_profile, "This object has no profile.");
    return zx_object_set_profile(value_, profile.get(), options);
  }
};

template <typename T>
void swap(object<T>& a, object<T>& b) noexcept {
  a.swap(b);
}

// Borrows a handle: never closes it. Used like a pointer to a const T.
template <typename T>
class unowned final {
 public:
  static_assert(std::is_base_of_v<object_base, T>, "Only handles are borrowed.");

  constexpr unowned() = default;
  explicit unowned(zx_handle_t value) : value_(value) {}
  explicit unowned(const T& owner) : unowned(owner.get()) {}
  explicit unowned(const unowned& other) : unowned(other.get()) {}
  unowned(unowned&& other) noexcept : unowned(other.take()) {}
  unowned& operator=(const unowned& other) {
    assign(other.get());
    return *this;
  }
  unowned& operator=(unowned&& other) noexcept {
    assign(other.take());
    return *this;
  }
  ~unowned() { take(); }

  bool is_valid() const { return value_.is_valid(); }
  explicit operator bool() const { return is_valid(); }

  // Good as long as this.
  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }

 private:
  zx_handle_t get() const { return value_.get(); }
  zx_handle_t take() { return value_.release(); }
  void assign(zx_handle_t value) {
    take();
    value_.reset(value);
  }

  T value_;
};

// Comparison by the value of the handle, of what is owned or borrowed with its like and with plain
// values.

namespace internal {

inline zx_handle_t value_of(zx_handle_t handle) { return handle; }

template <typename T>
zx_handle_t value_of(const object<T>& object) {
  return object.get();
}

template <typename T>
zx_handle_t value_of(const unowned<T>& handle) {
  return handle->get();
}

}  // namespace internal

#define __ZX_COMPARE_HANDLES(op, left, right)                        \
  template <typename T>                                              \
  bool operator op(const left& a, const right& b) {                  \
    return internal::value_of(a) op internal::value_of(b);           \
  }
#define __ZX_COMPARE_ALL_HANDLES(op)                                 \
  __ZX_COMPARE_HANDLES(op, object<T>, object<T>)                     \
  __ZX_COMPARE_HANDLES(op, object<T>, zx_handle_t)                   \
  __ZX_COMPARE_HANDLES(op, zx_handle_t, object<T>)                   \
  __ZX_COMPARE_HANDLES(op, unowned<T>, unowned<T>)                   \
  __ZX_COMPARE_HANDLES(op, unowned<T>, zx_handle_t)                  \
  __ZX_COMPARE_HANDLES(op, zx_handle_t, unowned<T>)

__ZX_COMPARE_ALL_HANDLES(==)
__ZX_COMPARE_ALL_HANDLES(!=)
__ZX_COMPARE_ALL_HANDLES(<)
__ZX_COMPARE_ALL_HANDLES(<=)
__ZX_COMPARE_ALL_HANDLES(>)
__ZX_COMPARE_ALL_HANDLES(>=)

#undef __ZX_COMPARE_ALL_HANDLES
#undef __ZX_COMPARE_HANDLES

}  // namespace zx

#endif  // LIB_ZX_OBJECT_H_
