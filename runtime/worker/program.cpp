#include "runtime/worker/program.hpp"

#include "core/base/files.hpp"
#include "core/base/log.hpp"
#include "core/base/random_id.hpp"
#include "core/base/spawn.hpp"
#include "runtime/tls_link/dialer.hpp"
#include "runtime/tls_link/join_file.hpp"

#include <sherpa/version.hpp>

#include <unistd.h>
#include <array>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <utility>

namespace sherpa::runtime {

namespace fs = std::filesystem;

namespace {

std::string default_name() { return base::host_name() + ":" + std::to_string(::getpid()); }

/// How a session ended, once it has.
struct Over {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::optional<Result<Left>> how;

  void set(Result<Left> result) {
    std::scoped_lock lock(mutex);
    how = std::move(result);
    changed.notify_all();
  }
  /// Whether it has ended; waits for that until a stop is requested.
  bool wait(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    return changed.wait(lock, stop, [&] { return how.has_value(); });
  }
};

Result<Left> one_session(const WorkerProgram& program) {
  auto join = tls_link::read_join_file(program.join);
  if (!join) return join.error();
  Over over;
  auto dialer = tls_link::make_dialer(program.join);
  auto timers = make_timers();
  SessionOptions options;
  options.version = version();
  options.study = join->study;
  options.worker = {.name = program.name.empty() ? default_name() : program.name,
                    .incarnation = base::random_name(),
                    .slots = program.slots,
                    .resources = program.resources,
                    .outlives = true};
  options.functions = program.functions;
  options.idle = program.idle;
  options.seed = base::random_seed();
  options.token = program.token;
  options.alone = program.alone;
  options.timeout = program.timeout;
  options.launcher = [&program, worker = options.worker](const link::Welcome& welcome) {
    return program.launcher(welcome, worker);
  };
  WorkerSession session(std::move(options), *dialer, *timers,
                        [&](Result<Left> how) { over.set(std::move(how)); });

  if (!over.wait(program.stop)) {
    session.leave("it was asked to stop", program.grace);
    over.wait({});
  }
  return *over.how;
}

}  // namespace

Result<Left> run_worker(const WorkerProgram& program) {
  while (true) {
    auto left = one_session(program);
    if (!left || *left != Left::changed || program.stop.stop_requested()) return left;
    base::log(LogLevel::info, "the study runs its trials in another way now; joining it again");
  }
}

Result<fs::path> worker_output(const link::Welcome& welcome, const fs::path& join) {
  const fs::path theirs = welcome.output_dir;
  auto ours = base::read_file(join);
  if (theirs.is_absolute() && ours && ours == base::read_file(theirs / "join")) return theirs;
  std::error_code error;
  auto here = fs::current_path(error) / ("sherpa-" + welcome.study.substr(0, 8));
  if (!error) fs::create_directories(here, error);
  if (error)
    return Error{Errc::store,
                 "cannot make " + here.string() + ": " + error.message() + "; start it elsewhere"};
  base::log(
      LogLevel::info,
      "the study's output directory cannot be seen from here; checkpoints and outputs stay in " +
          here.string());
  return here;
}

}  // namespace sherpa::runtime
