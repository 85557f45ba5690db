// What zx::object, zx::handle and zx::unowned do with any kind of object.

#include <lib/zx/event.h>
#include <lib/zx/eventpair.h>
#include <lib/zx/handle.h>
#include <lib/zx/socket.h>
#include <zircon/availability.h>

#include <type_traits>
#include <utility>

#include "suite.h"

namespace {

// A handle and nothing more, moved and never copied.
template <typename T>
constexpr bool kOwns = sizeof(T) == sizeof(zx_handle_t) && !std::is_copy_constructible_v<T> &&
                       !std::is_copy_assignable_v<T> && std::is_nothrow_move_constructible_v<T> &&
                       std::is_nothrow_move_assignable_v<T> &&
                       !std::is_convertible_v<zx_handle_t, T>;
static_assert(kOwns<zx::handle> && kOwns<zx::event> && kOwns<zx::eventpair> && kOwns<zx::socket>);

// Any to zx::handle by itself, back only when asked, never from one kind to another.
static_assert(std::is_convertible_v<zx::event, zx::handle>);
static_assert(std::is_assignable_v<zx::handle&, zx::event>);
static_assert(std::is_constructible_v<zx::event, zx::handle>);
static_assert(!std::is_convertible_v<zx::handle, zx::event>);
static_assert(!std::is_assignable_v<zx::event&, zx::handle>);
static_assert(!std::is_constructible_v<zx::event, zx::socket>);
static_assert(!std::is_assignable_v<zx::event&, zx::socket>);
static_assert(!std::is_constructible_v<zx::handle, zx::event&>);

static_assert(!std::is_convertible_v<zx::event&, bool>);
static_assert(!std::is_convertible_v<zx_handle_t, zx::unowned_event>);
static_assert(!std::is_convertible_v<zx::event&, zx::unowned_event>);
static_assert(std::is_same_v<zx::unowned_event, zx::unowned<zx::event>>);
static_assert(std::is_same_v<decltype(*std::declval<zx::unowned_event>()), const zx::event&>);
static_assert(std::is_same_v<zx::unowned_handle, decltype(std::declval<zx::handle>().borrow())>);

static_assert(zx::event::TYPE == ZX_OBJ_TYPE_EVENT && zx::socket::TYPE == ZX_OBJ_TYPE_SOCKET);

#if __cplusplus >= 202002L
constinit zx::event never_created;
#endif

// A kind that the headers do not have, written out as Fuchsia's own are.
class Log final : public zx::object<Log> {
 public:
  static constexpr zx_obj_type_t TYPE = ZX_OBJ_TYPE_LOG;

  constexpr Log() = default;
  explicit Log(zx_handle_t value) : object(value) {}
  explicit Log(zx::handle&& handle) : object(handle.release()) {}
  Log(Log&& other) noexcept : object(other.release()) {}
  Log& operator=(Log&& other) noexcept {
    reset(other.release());
    return *this;
  }
} ZX_AVAILABLE_SINCE(HEAD);
static_assert(kOwns<Log> && Log::TYPE == ZX_OBJ_TYPE_DEBUGLOG);

#if !FUCHSIA_API_LEVEL_AT_LEAST(NEXT) || FUCHSIA_API_LEVEL_LESS_THAN(27)
#error "everything is there"
#endif

zx::event CreateEvent() {
  zx::event event;
  CHECK_STATUS(zx::event::create(0, &event), ZX_OK);
  return event;
}

zx_koid_t KoidOf(const zx::object_base& object) {
  zx_info_handle_basic_t info = {};
  CHECK_STATUS(object.get_info(ZX_INFO_HANDLE_BASIC, &info, sizeof(info), nullptr, nullptr),
               ZX_OK);
  return info.koid;
}

zx_rights_t RightsOf(const zx::object_base& object) {
  zx_info_handle_basic_t info = {};
  CHECK_STATUS(object.get_info(ZX_INFO_HANDLE_BASIC, &info, sizeof(info), nullptr, nullptr),
               ZX_OK);
  return info.rights;
}

void CheckOwning() {
  zx::event event;
  CHECK(!event.is_valid() && !event && event.get() == ZX_HANDLE_INVALID);
#if __cplusplus >= 202002L
  CHECK(!never_created);
#endif
  event = CreateEvent();
  CHECK(event.is_valid() && event);
  CHECK(*event.get_address() == event.get());

  // The end of the scope closes.
  zx_handle_t value = event.get();
  { zx::event owner(std::move(event)); }
  CHECK(IsGone(value));
  CHECK(!event.is_valid());

  event = CreateEvent();
  value = event.get();
  event.reset();
  CHECK(!event && IsGone(value));

  // So does another value.
  event = CreateEvent();
  value = event.get();
  zx_handle_t other = CreateEvent().release();
  event.reset(other);
  CHECK(event.get() == other && IsGone(value));
  zx_handle_t* address = event.reset_and_get_address();
  CHECK(IsGone(other) && *address == ZX_HANDLE_INVALID && !event);
  CHECK_STATUS(zx_event_create(0, address), ZX_OK);
  CHECK(event.is_valid());

  value = event.release();
  CHECK(!event);
  CHECK_STATUS(zx_handle_close(value), ZX_OK);
}

void CheckMoving() {
  zx::event first = CreateEvent();
  zx::event second = CreateEvent();
  zx_handle_t one = first.get();
  zx_handle_t two = second.get();
  first.swap(second);
  CHECK(first.get() == two && second.get() == one);
  swap(first, second);
  CHECK(first.get() == one && second.get() == two);

  first = std::move(second);
  CHECK(first.get() == two && IsGone(one) && !second);

  zx::event& same = first;
  first = std::move(same);
  CHECK(first.get() == two);
  CHECK_STATUS(zx_handle_check_valid(two), ZX_OK);

  zx::handle any(std::move(first));
  CHECK(any.get() == two && !first);
  any = CreateEvent();
  CHECK(IsGone(two) && any.is_valid());
  zx_handle_t three = any.get();
  zx::event back(std::move(any));
  CHECK(back.get() == three && !any);

  // The type is the program's opinion; the calls have their own.
  zx::socket wrong(zx::handle(std::move(back)));
  char byte = 0;
  CHECK_STATUS(wrong.read(0, &byte, 1, nullptr), ZX_ERR_WRONG_TYPE);
}

void CheckDuplicates() {
  zx::event event = CreateEvent();
  zx::event copy;
  CHECK_STATUS(event.duplicate(ZX_RIGHT_SAME_RIGHTS, &copy), ZX_OK);
  CHECK(copy.get() != event.get());
  CHECK_NUMBER(KoidOf(copy), KoidOf(event));
  CHECK_NUMBER(RightsOf(copy), ZX_DEFAULT_EVENT_RIGHTS);

  // The old content of the result goes, also when there is no new one.
  zx_handle_t old = copy.get();
  CHECK_STATUS(event.duplicate(ZX_RIGHT_WAIT, &copy), ZX_OK);
  CHECK(IsGone(old));
  CHECK_NUMBER(RightsOf(copy), ZX_RIGHT_WAIT);
  old = copy.get();
  CHECK_STATUS(event.duplicate(ZX_RIGHT_EXECUTE, &copy), ZX_ERR_INVALID_ARGS);
  CHECK(!copy && IsGone(old));

  // Onto itself.
  old = event.get();
  CHECK_STATUS(event.duplicate(ZX_RIGHT_SAME_RIGHTS, &event), ZX_OK);
  CHECK(event.get() != old && IsGone(old));

  old = event.get();
  CHECK_STATUS(event.replace(ZX_RIGHTS_BASIC, &copy), ZX_OK);
  CHECK(!event && IsGone(old));
  CHECK_NUMBER(RightsOf(copy), ZX_RIGHTS_BASIC);
  old = copy.get();
  CHECK_STATUS(copy.replace(ZX_RIGHT_WAIT | ZX_RIGHT_DUPLICATE, &copy), ZX_OK);
  CHECK(copy.is_valid() && IsGone(old));
  CHECK_NUMBER(RightsOf(copy), ZX_RIGHT_WAIT | ZX_RIGHT_DUPLICATE);
  old = copy.get();
  CHECK_STATUS(copy.replace(ZX_RIGHT_WRITE, &copy), ZX_ERR_INVALID_ARGS);
  CHECK(!copy && IsGone(old));
  CHECK_STATUS(copy.replace(ZX_RIGHT_SAME_RIGHTS, &copy), ZX_ERR_BAD_HANDLE);
  CHECK_STATUS(copy.duplicate(ZX_RIGHT_SAME_RIGHTS, &event), ZX_ERR_BAD_HANDLE);
}

void CheckWaits() {
  zx::event first = CreateEvent();
  zx::event second = CreateEvent();
  zx_signals_t pending = 9;
  CHECK_STATUS(first.wait_one(ZX_EVENT_SIGNALED, zx::time::infinite_past(), &pending),
               ZX_ERR_TIMED_OUT);
  CHECK_NUMBER(pending, 0);
  CHECK_STATUS(first.signal(0, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_0), ZX_OK);
  CHECK_STATUS(first.wait_one(ZX_EVENT_SIGNALED, zx::time(), &pending), ZX_OK);
  CHECK_NUMBER(pending, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_0);
  CHECK_STATUS(first.signal(ZX_USER_SIGNAL_0, 0), ZX_OK);

  zx_wait_item_t items[] = {{second.get(), ZX_EVENT_SIGNALED, 9},
                            {first.get(), ZX_EVENT_SIGNALED, 9}};
  CHECK_STATUS(zx::event::wait_many(items, 2, zx::time::infinite()), ZX_OK);
  CHECK_NUMBER(items[0].pending, 0);
  CHECK_NUMBER(items[1].pending, ZX_EVENT_SIGNALED);
  CHECK_STATUS(zx::handle::wait_many(items, 1, zx::time::infinite_past()), ZX_ERR_TIMED_OUT);
  CHECK_STATUS(zx::handle::wait_many(items, 65, zx::time::infinite_past()), ZX_ERR_OUT_OF_RANGE);

  // A zx::handle is asked everything; the kernel refuses what the object has not.
  zx::handle any(std::move(first));
  CHECK_STATUS(any.wait_one(ZX_EVENT_SIGNALED, zx::time(), nullptr), ZX_OK);
  CHECK_STATUS(any.signal_peer(0, ZX_USER_SIGNAL_0), ZX_ERR_ACCESS_DENIED);
  CHECK_STATUS(any.signal(0, ZX_SIGNAL_HANDLE_CLOSED), ZX_ERR_INVALID_ARGS);
  CHECK(any.get_child(1, ZX_RIGHT_SAME_RIGHTS, &any) != ZX_OK);
  CHECK(!any);
}

void CheckInfo() {
  zx::event event = CreateEvent();
  zx_info_handle_count_t count = {};
  size_t actual = 9;
  size_t avail = 9;
  CHECK_STATUS(event.get_info(ZX_INFO_HANDLE_COUNT, &count, sizeof(count), &actual, &avail), ZX_OK);
  CHECK(count.handle_count == 1 && actual == 1 && avail == 1);
  CHECK_STATUS(event.get_info(ZX_INFO_HANDLE_VALID, nullptr, 0, nullptr, nullptr), ZX_OK);
  char name[ZX_MAX_NAME_LEN] = "none";
  CHECK_STATUS(event.get_property(ZX_PROP_NAME, name, sizeof(name)), ZX_ERR_ACCESS_DENIED);
  CHECK_STATUS(event.set_property(ZX_PROP_NAME, name, sizeof(name)), ZX_ERR_ACCESS_DENIED);
  event.reset();
  CHECK_STATUS(event.get_info(ZX_INFO_HANDLE_VALID, nullptr, 0, nullptr, nullptr),
               ZX_ERR_BAD_HANDLE);
}

void CheckBorrowing() {
  zx::event event = CreateEvent();
  zx_handle_t value = event.get();
  {
    zx::unowned_event borrowed(event);
    zx::unowned_event again(borrowed);
    zx::unowned_event third(value);
    zx::unowned<zx::handle> any(value);
    CHECK(borrowed && borrowed.is_valid() && again && third && any);
    CHECK(borrowed->get() == value && (*again).get() == value);
    CHECK_STATUS(third->signal(0, ZX_EVENT_SIGNALED), ZX_OK);
    CHECK_STATUS(any->wait_one(ZX_EVENT_SIGNALED, zx::time(), nullptr), ZX_OK);

    zx::unowned_event moved(std::move(again));
    CHECK(moved->get() == value && !again);
    again = moved;
    CHECK(again == moved);
    third = std::move(moved);
    CHECK(third == again && !moved);
    zx::unowned_event& same = third;
    third = same;
    CHECK(third->get() == value);
    third = std::move(same);
    CHECK(third->get() == value);
    third = zx::unowned_event();
    CHECK(!third);
    borrowed = zx::unowned_event(CreateEvent().release());
    CHECK_STATUS(zx_handle_close(borrowed->get()), ZX_OK);
    CHECK(event.borrow() == again);
    CHECK_NUMBER(KoidOf(*event.borrow()), KoidOf(event));
  }
  // Nothing of this closed it.
  CHECK_STATUS(zx_handle_check_valid(value), ZX_OK);
}

void CheckComparison() {
  zx::event low(ZX_HANDLE_INVALID);
  zx::event high = CreateEvent();
  zx_handle_t value = high.get();
  CHECK(low == low && low != high && low < high && low <= high && high > low && high >= low);
  CHECK(!(low == high) && !(low != low) && !(high < low) && !(high <= low) && !(low > high));
  CHECK(high == value && value == high && low != value && value != low && low < value);
  CHECK(value > low && value >= low && value <= high && low <= value && high >= value);
  CHECK(low == ZX_HANDLE_INVALID);

  zx::unowned_event nothing;
  zx::unowned_event something(high);
  CHECK(something == something && nothing != something && nothing < something);
  CHECK(nothing <= something && something > nothing && something >= nothing);
  CHECK(something == value && value == something && nothing != value && value > nothing);

  zx::handle any(std::move(high));
  CHECK(any == value && any != zx::handle());
}

void CheckOwnKind() {
  zx::event event = CreateEvent();
  zx_handle_t value = event.get();
  Log log(zx::handle(std::move(event)));
  Log other(std::move(log));
  log = std::move(other);
  CHECK(log == value && !other && log.borrow() == value);
  CHECK_STATUS(log.duplicate(ZX_RIGHT_WAIT, &other), ZX_OK);
  CHECK_STATUS(other.signal(0, ZX_USER_SIGNAL_0), ZX_ERR_ACCESS_DENIED);
  zx::unowned<Log> borrowed(log);
  CHECK_STATUS(borrowed->signal(0, ZX_USER_SIGNAL_0), ZX_OK);
  zx::handle any(std::move(log));
  CHECK(any == value);
}

void CheckAll() {
  CheckOwning();
  CheckMoving();
  CheckDuplicates();
  CheckWaits();
  CheckInfo();
  CheckBorrowing();
  CheckComparison();
  CheckOwnKind();
}

const Suite suite(CheckAll);

}  // namespace
