// Throughput of the trial API: single-metric reports over kept connections, to a channel that
// answers at once.
//
//   trial_api [CONNECTIONS] [SECONDS]

#include "tests/support/trial_api.hpp"
#include "tests/support/http.hpp"

#include <poll.h>
#include <sys/resource.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

using namespace sherpa;
using namespace sherpa::testing_support;
using Clock = std::chrono::steady_clock;

namespace {

struct AtOnce final : study::TrialChannel {
  void observe(Observation) override {}
  std::optional<study::StopWhy> should_stop() override { return {}; }
  void publish(std::string) override {}
  void post(std::vector<Observation>,
            std::function<void(Result<std::optional<study::StopWhy>>)> done) override {
    done(std::optional<study::StopWhy>());
  }
  void post_checkpoint(std::string, std::function<void(Result<void>)> done) override { done({}); }
  void on_stop(std::function<void(study::StopWhy)>) override {}
  void ended(study::End, study::Detail, std::optional<study::StopWhy>) override {}
};

double resident_mb() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0, resident = 0;
  statm >> pages >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

std::string report(std::int64_t iteration) {
  return Wire::request(
      "POST", "/api/v1/observations", "secret",
      R"({"iteration": )" + std::to_string(iteration) + R"(, "objective": 0.123456789})");
}

void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

double at(const std::vector<double>& sorted, double share) {
  return sorted[std::min(sorted.size() - 1,
                         static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

/// Every connection sends its next report as soon as the last is answered.
void throughput(std::uint16_t port, std::size_t connections, double seconds) {
  std::vector<Wire> wires;
  for (std::size_t i = 0; i < connections; ++i) wires.emplace_back(port);
  auto began = Clock::now();
  std::uint64_t reports = 0;
  double took = 0;
  while (took < seconds) {
    for (auto& wire : wires) wire.send(report(static_cast<std::int64_t>(reports)));
    for (auto& wire : wires) {
      expect(wire.receive().status == 200, "a report was refused");
      ++reports;
    }
    took = std::chrono::duration<double>(Clock::now() - began).count();
  }
  std::printf("%zu connections: %.0f reports/s\n", connections,
              static_cast<double>(reports) / took);
}

/// Reports that come at their time, whether or not the one before is answered; latency counts from
/// when each was due.
void latency(std::uint16_t port, std::size_t connections, double rate, double seconds) {
  std::vector<Wire> wires;
  for (std::size_t i = 0; i < connections; ++i) wires.emplace_back(port);
  std::vector<double> milliseconds;
  auto began = Clock::now();
  const auto count = static_cast<std::size_t>(rate * seconds);
  for (std::size_t i = 0; i < count; ++i) {
    auto due = began + std::chrono::duration_cast<Clock::duration>(
                           std::chrono::duration<double>(static_cast<double>(i) / rate));
    std::this_thread::sleep_until(due);
    auto& wire = wires[i % connections];
    wire.send(report(static_cast<std::int64_t>(i)));
    expect(wire.receive().status == 200, "a report was refused");
    milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - due).count());
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  std::printf("%.0f reports/s: p50 %.3f ms, p99 %.3f ms, worst %.3f ms\n", rate,
              at(milliseconds, 0.5), at(milliseconds, 0.99), milliseconds.back());
}

void idle(std::uint16_t port, std::size_t clients) {
  auto before = resident_mb();
  std::vector<Wire> wires;
  for (std::size_t i = 0; i < clients; ++i) {
    wires.emplace_back(port);
    expect(wires.back().ask("GET", "/api/v1/trial", "secret").status == 200,
           "a client was refused");
  }
  std::printf("%zu idle clients: %.1f MB, both ends\n", clients, resident_mb() - before);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t connections = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 16;
  const double seconds = argc > 2 ? std::strtod(argv[2], nullptr) : 5;
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  TrialApiServer step;
  step.attempt->channel = std::make_shared<AtOnce>();
  const auto port = step.server->port();
  idle(port, 1000);
  throughput(port, 1, seconds);
  throughput(port, connections, seconds);
  throughput(port, 256, seconds);
  latency(port, connections, 1000, seconds);
}
