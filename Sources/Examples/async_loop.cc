// An event loop: one port brings together tasks for later, what other threads post, and waits on a
// socket, an event and a timer. One thread dispatches until there is nothing more to do; the other
// only sends.
#include <lib/zx/clock.h>
#include <lib/zx/event.h>
#include <lib/zx/port.h>
#include <lib/zx/socket.h>
#include <lib/zx/time.h>
#include <lib/zx/timer.h>
#include <zircon/status.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace {

void Check(const char* call, zx_status_t status) {
  if (status != ZX_OK) {
    std::fprintf(stderr, "async_loop: %s: %s\n", call, zx_status_get_string(status));
    std::exit(EXIT_FAILURE);
  }
}

// Calls handlers on the thread that runs it. Only Post is for other threads too.
class Loop {
 public:
  using Task = std::function<void()>;
  // Gets the signals that the object had when the wait was over.
  using Handler = std::function<void(zx_signals_t observed)>;

  Loop() { Check("zx::port::create", zx::port::create(0, &port_)); }

  // Runs the task on the loop's thread.
  void Post(Task task) {
    zx_port_packet_t packet = {};
    auto owned = std::make_unique<Task>(std::move(task));
    packet.user.u64[0] = reinterpret_cast<uintptr_t>(owned.get());
    Check("zx::port::queue", port_.queue(&packet));
    owned.release();
  }

  // Runs the task when the time has come.
  void PostForTime(Task task, zx::time time) { tasks_.emplace(time, std::move(task)); }

  // Calls the handler once, when the object has one of the signals. Until then the object must live.
  template <typename Object>
  void Wait(const Object& object, zx_signals_t signals, Handler handler) {
    uint64_t key = ++last_key_;
    Check("zx::object::wait_async", object.wait_async(port_, key, signals, 0));
    handlers_.emplace(key, std::move(handler));
  }

  // Dispatches until Quit.
  void Run() {
    while (!quit_) {
      zx_port_packet_t packet;
      zx_status_t status = port_.wait(NextDeadline(), &packet);
      if (status == ZX_ERR_TIMED_OUT) {
        RunDueTask();
        continue;
      }
      Check("zx::port::wait", status);
      Dispatch(packet);
    }
  }

  void Quit() { quit_ = true; }

 private:
  zx::time NextDeadline() const {
    return tasks_.empty() ? zx::time::infinite() : tasks_.begin()->first;
  }

  void RunDueTask() {
    auto first = tasks_.begin();
    Task task = std::move(first->second);
    tasks_.erase(first);
    task();
  }

  void Dispatch(const zx_port_packet_t& packet) {
    if (packet.type == ZX_PKT_TYPE_USER) {
      std::unique_ptr<Task> task(reinterpret_cast<Task*>(packet.user.u64[0]));
      (*task)();
      return;
    }
    auto found = handlers_.find(packet.key);
    Handler handler = std::move(found->second);
    handlers_.erase(found);
    handler(packet.signal.observed);
  }

  zx::port port_;
  bool quit_ = false;
  uint64_t last_key_ = 0;
  std::map<uint64_t, Handler> handlers_;
  // By deadline; equal ones in the order in which they were posted.
  std::multimap<zx::time, Task> tasks_;
};

// Prints each line that comes through a socket, until its other end is closed.
class LinePrinter {
 public:
  LinePrinter(Loop& loop, zx::socket socket, Loop::Task done)
      : loop_(loop), socket_(std::move(socket)), done_(std::move(done)) {}

  void Start() {
    loop_.Wait(socket_, ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED,
               [this](zx_signals_t) { Read(); });
  }

 private:
  void Read() {
    char bytes[64];
    size_t actual = 0;
    zx_status_t status = socket_.read(0, bytes, sizeof(bytes), &actual);
    if (status == ZX_ERR_PEER_CLOSED) {
      std::printf("socket: the other end is closed\n");
      done_();
      return;
    }
    if (status != ZX_ERR_SHOULD_WAIT) {
      Check("zx::socket::read", status);
      text_.append(bytes, actual);
      PrintLines();
    }
    Start();
  }

  void PrintLines() {
    for (size_t end; (end = text_.find('\n')) != std::string::npos; text_.erase(0, end + 1)) {
      std::printf("socket: %s\n", text_.substr(0, end).c_str());
    }
  }

  Loop& loop_;
  zx::socket socket_;
  Loop::Task done_;
  std::string text_;
};

// Counts down with a timer that it sets again and again.
class Countdown {
 public:
  Countdown(Loop& loop, int from, zx::duration step, Loop::Task done)
      : loop_(loop), left_(from), step_(step), done_(std::move(done)) {
    Check("zx::timer::create", zx::timer::create(0, ZX_CLOCK_MONOTONIC, &timer_));
  }

  void Start() {
    deadline_ = zx::deadline_after(step_);
    Check("zx::timer::set", timer_.set(deadline_, zx::duration()));
    loop_.Wait(timer_, ZX_TIMER_SIGNALED, [this](zx_signals_t) { Expire(); });
  }

 private:
  void Expire() {
    bool late_enough = zx::clock::get_monotonic() >= deadline_;
    std::printf("timer: %d%s\n", left_, late_enough ? "" : ", but too early");
    if (--left_ == 0) {
      done_();
    } else {
      Start();
    }
  }

  Loop& loop_;
  int left_;
  zx::duration step_;
  Loop::Task done_;
  zx::timer timer_;
  zx::time deadline_;
};

// Each stage begins when the one before it is over, so that the output is the same every time.
class Program {
 public:
  Program() {
    Check("zx::event::create", zx::event::create(0, &ready_));
    Check("zx::socket::create", zx::socket::create(ZX_SOCKET_STREAM, &near_, &far_));
  }

  void Run() {
    std::thread sender([this, ready = ready_.borrow(), socket = std::move(far_)] {
      // Begins when the loop says so.
      Check("zx::event::wait_one",
            ready->wait_one(ZX_USER_SIGNAL_0, zx::time::infinite(), nullptr));
      for (const char* line : {"one\n", "two\n", "three\n"}) {
        Send(socket, line);
      }
      loop_.Post([] { std::printf("posted: everything is sent\n"); });
      Check("zx::event::signal", ready->signal(0, ZX_EVENT_SIGNALED));
      // The socket closes with the thread's function, when the loop allows it.
      Check("zx::event::wait_one",
            ready->wait_one(ZX_USER_SIGNAL_1, zx::time::infinite(), nullptr));
    });

    zx::time now = zx::clock::get_monotonic();
    loop_.PostForTime([] { std::printf("task: second\n"); }, now + zx::msec(20));
    loop_.PostForTime([this] { countdown_.Start(); }, now + zx::msec(30));
    loop_.PostForTime([] { std::printf("task: first\n"); }, now + zx::msec(10));
    loop_.Run();
    sender.join();
    std::printf("done\n");
  }

 private:
  static void Send(const zx::socket& socket, const std::string& text) {
    size_t actual = 0;
    Check("zx::socket::write", socket.write(0, text.data(), text.size(), &actual));
    if (actual != text.size()) {
      std::fprintf(stderr, "async_loop: the socket is full\n");
      std::exit(EXIT_FAILURE);
    }
  }

  // After the countdown: lets the sender begin. What it posts comes before what it signals.
  void StartSender() {
    loop_.Wait(ready_, ZX_EVENT_SIGNALED, [this](zx_signals_t observed) {
      std::printf("event: signaled%s\n", (observed & ZX_USER_SIGNAL_0) != 0 ? ", as agreed" : "");
      printer_.emplace(loop_, std::move(near_), [this] { loop_.Quit(); });
      printer_->Start();
      Check("zx::event::signal", ready_.signal(0, ZX_USER_SIGNAL_1));
    });
    Check("zx::event::signal", ready_.signal(0, ZX_USER_SIGNAL_0));
  }

  Loop loop_;
  zx::event ready_;
  zx::socket near_;
  zx::socket far_;
  Countdown countdown_{loop_, 3, zx::msec(10), [this] { StartSender(); }};
  std::optional<LinePrinter> printer_;
};

}  // namespace

int main() {
  Program().Run();
  return EXIT_SUCCESS;
}
