// The same headers and library from C++.

#include <zircon/assert.h>
#include <zircon/linux.h>
#include <zircon/process.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/port.h>

#include <cstdio>
#include <cstring>
#include <thread>
#include <type_traits>
#include <utility>

// The helpers of time.h work at compile time.
static_assert(zx_time_add_duration(ZX_TIME_INFINITE, 1) == ZX_TIME_INFINITE);
static_assert(zx_duration_mul_int64(INT64_MIN, -1) == INT64_MAX);
static_assert(zx_duration_from_sec(2) == ZX_SEC(2));
static_assert(ZX_TIME_INFINITE_PAST == INT64_MIN);
static_assert(zx_duration_from_timespec({1, 5}) == ZX_SEC(1) + 5);
static_assert(zx_time_from_timespec({INT64_MAX, 0}) == ZX_TIME_INFINITE);
static_assert(zx_timespec_from_duration(ZX_MSEC(-1500)).tv_sec == -1);
static_assert(zx_timespec_from_time(ZX_MSEC(-1500)).tv_nsec == ZX_MSEC(-500));

// What Fuchsia's own <lib/zx/time.h> takes from compiler.h.
constexpr bool Overflows(int64_t a, int64_t b) {
  int64_t result = 0;
  return add_overflow(a, b, &result) || sub_overflow(a, b, &result) || mul_overflow(a, b, &result);
}
static_assert(Overflows(INT64_MAX, 1) && Overflows(INT64_MIN, 1) && Overflows(INT64_MAX / 2, 3));
static_assert(!Overflows(6, 7));

// A program's own declaration with the older name of the type is the same declaration.
extern "C" zx_status_t zx_nanosleep(zx_time_t deadline);
static_assert(std::is_same_v<decltype(ZX_SOCKET_READABLE), zx_signals_t>);
static_assert(std::is_standard_layout_v<zx_port_packet_t> && sizeof(zx_port_packet_t) == 48);

namespace {

int passed = 0;
int failed = 0;

void Check(bool holds, const char* text, int line) {
  if (holds) {
    passed++;
  } else {
    failed++;
    std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, line, text);
  }
}

#define CHECK(condition) Check((condition), #condition, __LINE__)

class Handle {
 public:
  Handle() = default;
  Handle(Handle&& other) noexcept : value_(std::exchange(other.value_, ZX_HANDLE_INVALID)) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  Handle& operator=(Handle&&) = delete;
  ~Handle() { Reset(); }

  zx_handle_t get() const { return value_; }
  zx_handle_t* receive() {
    Reset();
    return &value_;
  }

 private:
  void Reset() { ZX_ASSERT(zx_handle_close(std::exchange(value_, ZX_HANDLE_INVALID)) == ZX_OK); }

  zx_handle_t value_ = ZX_HANDLE_INVALID;
};

void CheckEcho() {
  Handle near, far;
  CHECK(zx_socket_create(ZX_SOCKET_STREAM, near.receive(), far.receive()) == ZX_OK);
  std::thread echo([far = std::move(far)] {
    char bytes[64];
    size_t count = 0;
    zx_object_wait_one(far.get(), ZX_SOCKET_READABLE, zx_deadline_after(ZX_SEC(20)), nullptr);
    if (zx_socket_read(far.get(), 0, bytes, sizeof(bytes), &count) == ZX_OK) {
      zx_socket_write(far.get(), 0, bytes, count, nullptr);
    }
  });
  CHECK(zx_socket_write(near.get(), 0, "hello", 5, nullptr) == ZX_OK);
  echo.join();
  zx_signals_t observed = 0;
  CHECK(zx_object_wait_one(near.get(), ZX_SOCKET_READABLE, zx_deadline_after(ZX_SEC(20)),
                           &observed) == ZX_OK);
  CHECK((observed & ZX_SOCKET_READABLE) != 0);
  char bytes[64];
  size_t count = 0;
  CHECK(zx_socket_read(near.get(), 0, bytes, sizeof(bytes), &count) == ZX_OK);
  CHECK(count == 5 && std::memcmp(bytes, "hello", 5) == 0);
}

void CheckOthers() {
  Handle event;
  CHECK(_zx_event_create(0, event.receive()) == ZX_OK);
  CHECK(zx_object_signal(event.get(), 0, ZX_EVENT_SIGNALED) == ZX_OK);
  zx_wait_item_t items[1] = {{event.get(), ZX_EVENT_SIGNALED, 0}};
  CHECK(zx_object_wait_many(items, 1, 0) == ZX_OK);
  CHECK(items[0].pending == ZX_EVENT_SIGNALED);
  CHECK(std::strcmp(zx_status_get_string(ZX_ERR_TIMED_OUT), "ZX_ERR_TIMED_OUT") == 0);
  zxl_backend_info_t info = {};
  CHECK(zxl_backend_get_info(&info) == ZX_OK);
}

}  // namespace

int main() {
  CheckEcho();
  CheckOthers();
  std::printf("consumer in C++: %d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
