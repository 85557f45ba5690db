// Two threads, one socket and an event pair: one thread sends greetings, the other prints them and
// then tells the first by a user signal that it has seen them all.
#include <zircon/status.h>
#include <zircon/syscalls.h>

#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

// A call that answered an error.
class Error : public std::runtime_error {
 public:
  Error(const char* call, zx_status_t status)
      : std::runtime_error(std::string(call) + ": " + zx_status_get_string(status)) {}
};

void Check(const char* call, zx_status_t status) {
  if (status != ZX_OK) {
    throw Error(call, status);
  }
}

// Owns one handle; closes it at the end.
class Handle {
 public:
  Handle() = default;
  explicit Handle(zx_handle_t value) : value_(value) {}
  Handle(Handle&& other) noexcept : value_(std::exchange(other.value_, ZX_HANDLE_INVALID)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (value_ != ZX_HANDLE_INVALID) {
      zx_handle_close(value_);
    }
  }

  zx_handle_t get() const { return value_; }

  // Waits for one of `signals` and returns all that are there.
  zx_signals_t Wait(zx_signals_t signals) const {
    zx_signals_t observed = 0;
    Check("zx_object_wait_one", zx_object_wait_one(value_, signals, ZX_TIME_INFINITE, &observed));
    return observed;
  }

 private:
  zx_handle_t value_ = ZX_HANDLE_INVALID;
};

using Pair = std::pair<Handle, Handle>;

Pair CreateSocket() {
  zx_handle_t left;
  zx_handle_t right;
  Check("zx_socket_create", zx_socket_create(ZX_SOCKET_STREAM, &left, &right));
  return Pair(Handle(left), Handle(right));
}

Pair CreateEventPair() {
  zx_handle_t left;
  zx_handle_t right;
  Check("zx_eventpair_create", zx_eventpair_create(0, &left, &right));
  return Pair(Handle(left), Handle(right));
}

void WriteAll(const Handle& socket, std::string_view text) {
  while (!text.empty()) {
    size_t actual = 0;
    zx_status_t status = zx_socket_write(socket.get(), 0, text.data(), text.size(), &actual);
    if (status == ZX_ERR_SHOULD_WAIT) {
      socket.Wait(ZX_SOCKET_WRITABLE | ZX_SOCKET_PEER_CLOSED);
      continue;
    }
    Check("zx_socket_write", status);
    text.remove_prefix(actual);
  }
}

// Reads until the other end is closed.
std::string ReadAll(const Handle& socket) {
  std::string text;
  std::vector<char> chunk(4096);
  for (;;) {
    size_t actual = 0;
    zx_status_t status = zx_socket_read(socket.get(), 0, chunk.data(), chunk.size(), &actual);
    if (status == ZX_ERR_PEER_CLOSED) {
      return text;
    }
    if (status == ZX_ERR_SHOULD_WAIT) {
      socket.Wait(ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED);
      continue;
    }
    Check("zx_socket_read", status);
    text.append(chunk.data(), actual);
  }
}

// Runs `body` and returns the exit code that it stands for. A handle that `body` owns is closed
// however it ends, so that the other thread never waits in vain.
template <typename Body>
int Run(Body body) {
  try {
    body();
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << std::string("hello: ") + error.what() + "\n";
    return EXIT_FAILURE;
  }
}

void Greet(Handle socket, const Handle& seen) {
  for (const char* name : {"Zircon", "Linux"}) {
    WriteAll(socket, std::string("Hello, ") + name + "!\n");
  }
  socket = Handle();
  zx_signals_t observed = seen.Wait(ZX_USER_SIGNAL_0 | ZX_EVENTPAIR_PEER_CLOSED);
  if ((observed & ZX_USER_SIGNAL_0) == 0) {
    throw std::runtime_error("the other thread went away");
  }
}

void Print(const Handle& socket, const Handle& seen) {
  std::cout << ReadAll(socket) << std::flush;
  if (!std::cout) {
    throw std::runtime_error("standard output");
  }
  Check("zx_object_signal_peer", zx_object_signal_peer(seen.get(), 0, ZX_USER_SIGNAL_0));
}

int Start() {
  auto [socket, far_socket] = CreateSocket();
  auto [seen, far_seen] = CreateEventPair();
  int codes[2] = {EXIT_FAILURE, EXIT_FAILURE};

  std::thread greeter(
      [code = &codes[0], socket = std::move(socket), seen = std::move(seen)]() mutable {
        *code = Run([&] { Greet(std::move(socket), seen); });
      });
  std::thread printer([code = &codes[1], socket = std::move(far_socket),
                       seen = std::move(far_seen)] { *code = Run([&] { Print(socket, seen); }); });
  greeter.join();
  printer.join();
  return codes[0] == EXIT_SUCCESS && codes[1] == EXIT_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main() {
  int code = EXIT_FAILURE;
  return Run([&] { code = Start(); }) == EXIT_SUCCESS ? code : EXIT_FAILURE;
}
