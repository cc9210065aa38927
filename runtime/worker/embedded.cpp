#include <sherpa/worker.hpp>

#include "core/base/log.hpp"
#include "runtime/worker/program.hpp"
#include "schedulers/local/function_launcher.hpp"

#include <sherpa/error.hpp>

#include <stop_token>
#include <utility>

namespace sherpa {

struct Worker::Impl {
  WorkerOptions options;
  std::stop_source stop{};
};

Worker::Worker(WorkerOptions options) {
  auto refuse = [](const std::string& why) { throw Exception({Errc::invalid_argument, why}); };
  if (options.join.empty())
    refuse(
        "a worker needs the join file of its study, which sherpa run writes into the output "
        "directory");
  if (options.slots == 0) refuse("slots is 0; use at least 1");
  if (options.slots > 4096) refuse("slots is above 4096, and each takes a thread; use fewer");
  impl_ = std::make_unique<Impl>(Impl{std::move(options)});
}
Worker::~Worker() = default;
Worker::Worker(Worker&&) noexcept = default;
Worker& Worker::operator=(Worker&&) noexcept = default;

int Worker::run(const std::string& name, Objective objective) {
  if (!objective) throw Exception({Errc::invalid_argument, "there is no function to call"});
  const auto& options = impl_->options;
  runtime::WorkerProgram program;
  program.join = options.join;
  program.name = options.name;
  program.slots = options.slots;
  program.resources = options.resources;
  program.functions = {name};
  program.stop = impl_->stop.get_token();
  program.grace = options.grace;
  program.launcher = [&](const link::Welcome& welcome,
                         const study::Worker&) -> Result<std::unique_ptr<study::Launcher>> {
    auto output = runtime::worker_output(welcome, options.join);
    if (!output) return output.error();
    return schedulers::make_function_launcher(objective, options.slots, *std::move(output));
  };
  auto left = runtime::run_worker(program);
  if (left) return 0;
  base::log(LogLevel::error, left.error().message);
  return exit_code(left.error().code);
}

void Worker::stop() { impl_->stop.request_stop(); }

}  // namespace sherpa
