// What the bare link carries over loopback: observations in batches, round trips, many connections.
//
//   link [SECONDS] [CONNECTIONS]

#include "runtime/tls_link/dialer.hpp"
#include "runtime/tls_link/listener.hpp"

#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <mutex>
#include <thread>
#include <vector>

using namespace sherpa;
using namespace sherpa::link;
using Clock = std::chrono::steady_clock;

namespace {

/// Waits for what the handlers count.
class Bell {
 public:
  template <class F>
  void change(F&& f) {
    {
      std::scoped_lock lock(mutex_);
      f();
    }
    changed_.notify_all();
  }
  template <class F>
  void until(F&& holds) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, std::forward<F>(holds));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

struct Counter final : link::ConnectionHandler {
  explicit Counter(Bell& with) : bell(with) {}
  void received(link::Message&& message) override {
    if (auto* batch = std::get_if<link::Batch>(&message)) {
      observations += batch->observations.size();
      if (answer && batch->number % every == 0)
        answer->send(link::Acknowledged{batch->trial, batch->attempt, batch->number});
    } else if (auto* acknowledged = std::get_if<link::Acknowledged>(&message)) {
      bell.change([&] { answered = acknowledged->number; });
    }
  }
  void alive() override {}
  void room() override {
    bell.change([&] { has_room = true; });
  }
  void lost(link::Loss, const std::string& why) override {
    if (!ending) std::printf("lost: %s\n", why.c_str());
  }

  Bell& bell;
  std::atomic<std::uint64_t> observations = 0;
  std::shared_ptr<link::Connection> answer;
  std::uint64_t answered = 0, every = 1;
  bool has_room = false;
  static inline std::atomic<bool> ending = false;
};

double seconds_of(Clock::duration time) { return std::chrono::duration<double>(time).count(); }
double cpu() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}
double resident_kb() {
  std::ifstream in("/proc/self/statm");
  std::size_t all = 0, resident = 0;
  in >> all >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}
double at(const std::vector<double>& sorted, double part) {
  return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

struct Ends {
  Bell bell;
  runtime::tls_link::Authority authority = runtime::tls_link::Authority::make("study").or_throw();
  runtime::tls_link::JoinFile join{
      .study = "study",
      .epoch = 1,
      .addresses = {"127.0.0.1"},
      .port = 0,
      .authority = authority.certificate(),
      .worker = authority.issue(runtime::tls_link::Party::worker).or_throw()};
  std::shared_ptr<Counter> above = std::make_shared<Counter>(bell),
                           below = std::make_shared<Counter>(bell);
  std::unique_ptr<link::Listener> listener =
      runtime::tls_link::make_listener(
          {.study = "study",
           .coordinator = authority.issue(runtime::tls_link::Party::coordinator).or_throw(),
           .authority = authority.certificate(),
           .host = "127.0.0.1",
           .port = {},
           .link = {}})
          .or_throw();
  std::unique_ptr<link::Dialer> dialer;

  Ends() {
    join.port = listener->port();
    dialer = runtime::tls_link::make_dialer(
        [this] { return Result<runtime::tls_link::JoinFile>(join); });
    listener->open([this](const link::Hello&, const std::shared_ptr<link::Connection>& connection)
                       -> Result<link::Listener::Welcomed> {
      above->answer = connection;
      return link::Listener::Welcomed{{.study = "study", .epoch = 1}, above};
    });
  }
  ~Ends() { Counter::ending = true; }
  std::shared_ptr<link::Connection> dial(std::size_t number = 1) {
    link::Hello hello{.study = "study",
                      .worker = {.name = "node" + std::to_string(number), .incarnation = "1"},
                      .session = 1};
    std::optional<Result<link::Dialer::Dialled>> result;
    dialer->dial(hello, below,
                 [&](auto dialled) { bell.change([&] { result = std::move(dialled); }); });
    bell.until([&] { return result.has_value(); });
    return std::move(*result).or_throw().connection;
  }
};

link::Batch batch_of(std::size_t size, std::uint64_t number) {
  link::Batch batch{.trial = 1,
                    .attempt = 1,
                    .token = std::string(64, 'x'),
                    .number = number,
                    .observations = {}};
  for (std::size_t i = 0; i < size; ++i)
    batch.observations.push_back({0.5 / (1.0 + double(i)), static_cast<std::int64_t>(i), {}});
  return batch;
}

void throughput(std::size_t size, double seconds) {
  Ends ends;
  auto line = ends.dial();
  ends.above->every = UINT64_MAX;
  auto batch = batch_of(size, 1);
  auto began = Clock::now();
  auto used = cpu();
  std::uint64_t sent = 0;
  while (seconds_of(Clock::now() - began) < seconds) {
    for (int i = 0; i < 16; ++i) {
      if (line->send(batch)) {
        sent += size;
        ++batch.number;
        continue;
      }
      ends.bell.until([&] { return std::exchange(ends.below->has_room, false); });
    }
  }
  // Until the last one has arrived.
  ends.above->every = 1;
  batch.number = UINT64_MAX;
  while (!line->send(batch))
    ends.bell.until([&] { return std::exchange(ends.below->has_room, false); });
  ends.bell.until([&] { return ends.below->answered == UINT64_MAX; });
  auto took = seconds_of(Clock::now() - began);
  std::printf("batches of %4zu: %8.0f observations/s, %.2f us of CPU each, both ends\n", size,
              static_cast<double>(sent + size) / took,
              (cpu() - used) / static_cast<double>(sent) * 1e6);
}

void round_trip(int count) {
  Ends ends;
  auto line = ends.dial();
  std::vector<double> microseconds;
  for (std::uint64_t i = 1; i <= static_cast<std::uint64_t>(count); ++i) {
    auto began = Clock::now();
    line->send(batch_of(1, i));
    ends.bell.until([&] { return ends.below->answered == i; });
    microseconds.push_back(seconds_of(Clock::now() - began) * 1e6);
  }
  std::sort(microseconds.begin(), microseconds.end());
  std::printf("round trip, thread to thread and back: p50 %.0f us, p99 %.0f us\n",
              at(microseconds, 0.5), at(microseconds, 0.99));
}

void many(std::size_t count, double seconds) {
  Ends ends;
  auto first = ends.dial(0);
  auto before = resident_kb();
  std::vector<std::shared_ptr<link::Connection>> lines;
  std::vector<double> milliseconds;
  auto began = Clock::now();
  for (std::size_t i = 1; i <= count; ++i) {
    auto start = Clock::now();
    lines.push_back(ends.dial(i));
    milliseconds.push_back(seconds_of(Clock::now() - start) * 1e3);
  }
  auto took = seconds_of(Clock::now() - began);
  std::sort(milliseconds.begin(), milliseconds.end());
  std::printf("%zu workers join in %.2f s, one after the other: p50 %.1f ms, p99 %.1f ms\n", count,
              took, at(milliseconds, 0.5), at(milliseconds, 0.99));
  std::printf("memory: %.1f kB a connection, both ends\n",
              (resident_kb() - before) / static_cast<double>(count));
  auto used = cpu();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  std::printf("idle with heartbeats: %.2f %% of a core, both ends\n",
              (cpu() - used) / seconds * 100);
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::strtod(argv[1], nullptr) : 5;
  const std::size_t connections = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 500;
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  for (std::size_t size : {1, 32, 1000}) throughput(size, seconds);
  round_trip(10'000);
  many(connections, seconds);
}
