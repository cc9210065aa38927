// A coordinator that runs jobs and is to be killed. Says what happens, a line each: "started 1.1",
// "found 1.1", "ended 1.1 failed exit 5", and settles each end as soon as it has said so.
//
//   job_host DIRECTORY SHIM ORPHAN_MS start TRIALS SCRIPT     then waits for ever
//   job_host DIRECTORY SHIM ORPHAN_MS adopt                   until all that ran have ended
//   job_host DIRECTORY SHIM ORPHAN_MS crowd TRIALS SCRIPT     two at a time, the next when one has
//   ended

#include "schedulers/local/command_launcher.hpp"
#include "tests/support/recording_channel.hpp"

#include <unistd.h>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>

namespace {

using namespace sherpa;
using testing_support::RecordingChannel;

void say(const std::string& line) {
  auto text = line + "\n";
  if (write(STDOUT_FILENO, text.data(), text.size()) < 0) std::abort();
}

struct Host {
  std::unique_ptr<study::Launcher> launcher;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t running = 0;

  std::shared_ptr<RecordingChannel> line(TrialId trial, AttemptId attempt) {
    {
      std::scoped_lock lock(mutex);
      ++running;
    }
    return std::make_shared<RecordingChannel>(
        [this, trial, attempt](const RecordingChannel::Last& last) {
          auto name = std::to_string(trial) + "." + std::to_string(attempt);
          auto text = "ended " + name + " " + std::string(base::name_of(last.end));
          if (last.detail.exit_code) text += " exit " + std::to_string(*last.detail.exit_code);
          if (last.detail.signal) text += " signal " + std::to_string(*last.detail.signal);
          say(text);
          launcher->settled(trial, attempt);
          std::scoped_lock lock(mutex);
          --running;
          changed.notify_all();
        });
  }
  void start(TrialId trial) {
    study::effect::Start start;
    start.trial = trial;
    start.attempt = 1;
    start.token = "secret " + std::to_string(trial);
    start.worker = launcher->worker().name;
    start.incarnation = launcher->worker().incarnation;
    launcher->launch(start, line(trial, 1));
    say("started " + std::to_string(trial) + ".1");
  }
  void wait_for(std::size_t most) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return running <= most; });
  }
};

}  // namespace

int main(int argc, char** argv) {
  std::string mode = argv[4], script = argc > 6 ? argv[6] : "";
  Host host;
  schedulers::CommandOptions options;
  options.output_dir = argv[1];
  options.directory = argv[1];
  options.shim = {argv[2]};
  options.orphan_grace = std::chrono::milliseconds(std::atol(argv[3]));
  options.grace = std::chrono::milliseconds(50);
  options.command = [&](const Configuration&) {
    return std::vector<std::string>{"/bin/sh", "-c", script};
  };
  host.launcher = schedulers::make_command_launcher(options).or_throw();
  if (mode == "adopt") {
    for (const auto& start : host.launcher->running()) {
      say("found " + std::to_string(start.trial) + "." + std::to_string(start.attempt));
      host.launcher->adopt(start, host.line(start.trial, start.attempt));
    }
    say("adopted");
  } else {
    for (int trial = 1; trial <= std::atoi(argv[5]); ++trial) {
      if (mode == "crowd") host.wait_for(1);
      host.start(static_cast<TrialId>(trial));
    }
    while (mode == "start") pause();
  }
  host.wait_for(0);
  host.launcher.reset();
  say("done");
}
