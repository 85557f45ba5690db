// What each kind of object can do. zx::object<T> refuses the rest when a program is compiled.
#ifndef LIB_ZX_OBJECT_TRAITS_H_
#define LIB_ZX_OBJECT_TRAITS_H_

namespace zx {

class bti;
class channel;
class clock;
class counter;
class debuglog;
class event;
class eventpair;
class exception;
class fifo;
class guest;
class interrupt;
class iob;
class iommu;
class job;
class msi;
class pager;
class pmt;
class port;
class process;
class profile;
class resource;
class socket;
class stream;
class suspend_token;
class thread;
class timer;
class vcpu;
class vmar;
class vmo;

namespace internal {

// Most objects: duplicated, signaled and waited for.
struct default_object_traits {
  static constexpr bool supports_duplication = true;
  static constexpr bool supports_get_child = false;
  static constexpr bool supports_set_profile = false;
  static constexpr bool supports_user_signal = true;
  static constexpr bool supports_wait = true;
  static constexpr bool has_peer_handle = false;
};

// Objects that come in pairs.
struct peered_object_traits : default_object_traits {
  static constexpr bool has_peer_handle = true;
};

// Objects without signals.
struct signalless_object_traits : default_object_traits {
  static constexpr bool supports_user_signal = false;
  static constexpr bool supports_wait = false;
};

}  // namespace internal

template <typename T>
struct object_traits : internal::default_object_traits {};

// zx::handle may hold any kind: the kernel decides.
template <>
struct object_traits<void> : internal::peered_object_traits {
  static constexpr bool supports_get_child = true;
  static constexpr bool supports_set_profile = true;
};

// A channel has one owner at each end.
template <>
struct object_traits<channel> : internal::peered_object_traits {
  static constexpr bool supports_duplication = false;
};

template <>
struct object_traits<eventpair> : internal::peered_object_traits {};

template <>
struct object_traits<fifo> : internal::peered_object_traits {};

template <>
struct object_traits<iob> : internal::peered_object_traits {};

template <>
struct object_traits<socket> : internal::peered_object_traits {};

template <>
struct object_traits<port> : internal::signalless_object_traits {};

template <>
struct object_traits<profile> : internal::signalless_object_traits {};

template <>
struct object_traits<suspend_token> : internal::signalless_object_traits {};

template <>
struct object_traits<vcpu> : internal::signalless_object_traits {};

template <>
struct object_traits<vmar> : internal::signalless_object_traits {
  static constexpr bool supports_set_profile = true;
};

template <>
struct object_traits<job> : internal::default_object_traits {
  static constexpr bool supports_get_child = true;
};

template <>
struct object_traits<process> : internal::default_object_traits {
  static constexpr bool supports_get_child = true;
};

template <>
struct object_traits<resource> : internal::default_object_traits {
  static constexpr bool supports_get_child = true;
};

template <>
struct object_traits<thread> : internal::default_object_traits {
  static constexpr bool supports_set_profile = true;
};

template <>
struct object_traits<interrupt> : internal::default_object_traits {
  static constexpr bool supports_user_signal = false;
};

template <>
struct object_traits<exception> : internal::default_object_traits {
  static constexpr bool supports_duplication = false;
  static constexpr bool supports_user_signal = false;
};

template <>
struct object_traits<pmt> : internal::signalless_object_traits {
  static constexpr bool supports_duplication = false;
};

}  // namespace zx

#endif  // LIB_ZX_OBJECT_TRAITS_H_
