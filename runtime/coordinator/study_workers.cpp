#include "runtime/coordinator/study_workers.hpp"

#include "core/base/duration.hpp"
#include "core/base/files.hpp"
#include "core/base/log.hpp"
#include "core/base/shell_words.hpp"
#include "core/base/text.hpp"
#include "core/study/placement.hpp"
#include "runtime/tls_link/authority.hpp"
#include "runtime/tls_link/join_file.hpp"
#include "runtime/tls_link/listener.hpp"

#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace sherpa::runtime {

namespace fs = std::filesystem;

namespace {

/// Whether a worker can run the trials of this study at all.
Result<void> admit(const study_file::RunSpec& run, const link::Hello& hello) {
  auto refuse = [](const std::string& why) { return Error{Errc::refused, why}; };
  const auto& functions = hello.functions;
  if (run.function && functions.empty())
    return refuse("the study runs the function " + base::quote(*run.function) +
                  "; start a program that has it compiled in (sherpa::Worker)");
  if (run.function &&
      std::find(functions.begin(), functions.end(), *run.function) == functions.end())
    return refuse("the study runs the function " + base::quote(*run.function) +
                  ", and the worker has " + base::enumerate(functions) +
                  "; give Worker::run the name in the study file");
  if (!run.function && !functions.empty())
    return refuse("the study runs a command; start workers with sherpa worker");
  if (!study::FreeCapacity::could_ever(hello.worker, run.needs))
    return refuse("a trial needs more than its " + std::to_string(hello.worker.slots) +
                  " slots and " +
                  (hello.worker.resources.empty() ? "no resources"
                                                  : base::enumerate(hello.worker.resources)) +
                  "; see run.needs, --slots and --resource");
  return {};
}

}  // namespace

Result<actors::Workers> StudyWorkers::open(const runtime::StudyDirectory& directory,
                                           const std::string& uuid) {
  const auto join_path = directory.path / "join";
  auto authority = tls_link::Authority::open(directory.path, uuid);
  if (!authority) return authority.error();
  auto coordinator = authority->issue(tls_link::Party::coordinator);
  if (!coordinator) return coordinator.error();
  auto worker = authority->issue(tls_link::Party::worker);
  if (!worker) return worker.error();
  const auto& workers = file_.workers;  // absent: those who come are jobs
  auto port = workers ? workers->port : std::nullopt;
  const auto listen = workers ? workers->listen : "0.0.0.0";
  if (!port)  // after a restart the former one, if it is free: workers need not look it up
    if (auto former = tls_link::read_join_file(join_path)) port = former->port;
  auto listener = tls_link::make_listener({.study = uuid,
                                           .coordinator = *std::move(coordinator),
                                           .authority = authority->certificate(),
                                           .host = listen,
                                           .port = port});
  if (!listener) return listener.error();
  listener_ = *std::move(listener);
  tls_link::JoinFile join{.study = uuid,
                          .epoch = directory.lock->epoch(),
                          .addresses = tls_link::addresses_of(listen),
                          .port = listener_->port(),
                          .authority = authority->certificate(),
                          .worker = *std::move(worker)};
  if (auto written = tls_link::write_join_file(join_path, join); !written) return written.error();
  if (!workers) {
    // There are no workers to start.
  } else if (workers->launch == study_file::Launch::local) {
    if (auto started = start_local(directory.path); !started) return started.error();
  } else if (workers->launch == study_file::Launch::srun) {
    if (auto started = start_step(directory.path); !started) return started.error();
  } else if (workers->launch != study_file::Launch::none) {
    if (auto submitted = submit(directory.path); !submitted) return submitted.error();
  } else {
    base::log(LogLevel::info, "workers join on port " + std::to_string(listener_->port()) +
                                  ": sherpa worker --join " + join_path.string());
  }
  auto sent = file_;
  sent.run.directory = fs::absolute(sent.run.directory);
  actors::Workers taken;
  taken.listener = listener_.get();
  taken.welcome.study = uuid;
  taken.welcome.epoch = join.epoch;
  taken.welcome.output_dir = directory.path.string();
  taken.welcome.run = study_file::to_yaml(sent);
  taken.welcome.lease_ms = file_.run.lease.count();
  taken.admit = [run = file_.run,
                 wanted = workers.has_value()](const link::Hello& hello) -> Result<void> {
    if (wanted) return admit(run, hello);
    return Error{Errc::refused, "the study runs its trials as jobs; see run.scheduler and workers"};
  };
  return taken;
}

std::vector<std::string> StudyWorkers::worker_command(const fs::path& output_dir) const {
  const auto& workers = *file_.workers;
  std::vector<std::string> words{sherpa_.string(), "worker",
                                 "--join",         (output_dir / "join").string(),
                                 "--slots",        std::to_string(workers.slots)};
  if (workers.resources && !workers.resources->empty()) {
    words.emplace_back("--resource");
    words.insert(words.end(), workers.resources->begin(), workers.resources->end());
  }
  return words;
}

/// As one array of jobs; reuses an earlier coordinator's array if it still exists.
Result<void> StudyWorkers::submit(const fs::path& output_dir) {
  const auto& workers = *file_.workers;
  const auto jobs = output_dir / "jobs";
  std::error_code error;
  fs::create_directories(jobs, error);
  auto options = base::split_words(workers.submit_options);
  if (!options) return options.error();
  schedulers::BatchWishes wishes{
      .options = *std::move(options),
      .environment = workers.environment.empty() ? fs::path() : fs::absolute(workers.environment)};
  system_ = workers.launch == study_file::Launch::slurm
                ? schedulers::make_slurm(std::move(wishes))
                : schedulers::make_grid_engine(std::move(wishes));
  schedulers::BatchJob batch;
  batch.id_file = jobs / "workers.id";
  if (auto former = system_->read_id(base::read_file(batch.id_file).value_or(""))) {
    if (auto there = system_->is_there(*former); there && *there) {
      array_ = *std::move(former);
      base::log(LogLevel::info,
                "the workers of job " + array_ + " of " + system_->name() + " are still running");
      return {};
    }
  }
  batch.count = workers.count;
  batch.notice = std::chrono::duration_cast<std::chrono::seconds>(workers.notice);
  batch.again = true;
  batch.job.command = worker_command(output_dir);
  batch.job.command.insert(batch.job.command.end(),
                           {"--idle", workers.idle ? base::show_duration(*workers.idle) : "never",
                            "--grace", base::show_duration(workers.notice / 2)});
  batch.job.name = file_.setup.name + "-workers";
  batch.job.directory = fs::current_path(error);
  batch.job.output = jobs / "worker_";
  auto id = system_->submit(batch);
  if (!id)
    return Error{id.error().code, "cannot submit workers to " + system_->name() + ": " +
                                      id.error().message + "; see workers.submit_options"};
  array_ = *std::move(id);
  base::log(LogLevel::info, std::to_string(workers.count) + " workers are job " + array_ + " of " +
                                system_->name());
  return {};
}

/// Processes of this host.
Result<void> StudyWorkers::start_local(const fs::path& output_dir) {
  const auto& workers = *file_.workers;
  std::vector<StartedWorkers::Program> programs;
  for (std::uint32_t i = 1; i <= workers.count; ++i) {
    const auto name = "local-" + std::to_string(i);
    auto words = worker_command(output_dir);
    words.insert(words.end(),
                 {"--name", name, "--idle", "never", "--parent", std::to_string(::getpid())});
    programs.push_back({"worker " + name, in_environment(std::move(words)),
                        output_dir / "jobs" / ("worker_" + name + ".out")});
  }
  return start(std::move(programs));
}

/// As one step of the allocation that this process runs in.
Result<void> StudyWorkers::start_step(const fs::path& output_dir) {
  const auto& workers = *file_.workers;
  if (!std::getenv("SLURM_JOB_ID"))
    return Error{Errc::invalid_argument,
                 "workers: {launch: srun} is for a coordinator inside an allocation of Slurm's "
                 "(sbatch, salloc); launch: slurm "
                 "submits workers from elsewhere"};
  auto options = base::split_words(workers.submit_options);
  if (!options) return options.error();
  // --overlap: the coordinator already has its share of the first node. A worker that ends must not
  // end the others.
  std::vector<std::string> words{"srun", "--overlap", "--ntasks=" + std::to_string(workers.count),
                                 "--kill-on-bad-exit=0", "--wait=0"};
  words.insert(words.end(), options->begin(), options->end());
  auto command = in_environment(worker_command(output_dir));
  words.insert(words.end(), command.begin(), command.end());
  words.insert(words.end(),
               {"--idle", "never", "--grace", base::show_duration(workers.notice / 2)});
  return start(
      {{"the step of workers (srun)", std::move(words), output_dir / "jobs" / "workers.out"}});
}

Result<void> StudyWorkers::start(std::vector<StartedWorkers::Program> programs) {
  std::error_code ignored;
  fs::create_directories(programs.front().output.parent_path(), ignored);
  auto started = StartedWorkers::start(std::move(programs));
  if (!started) return started.error();
  started_ = *std::move(started);
  return {};
}

std::vector<std::string> StudyWorkers::in_environment(std::vector<std::string> words) const {
  const auto& environment = file_.workers->environment;
  if (!environment.empty())
    words.insert(words.begin(),
                 {"/bin/sh", "-c", ". \"$0\" && exec \"$@\"", fs::absolute(environment).string()});
  return words;
}

StudyWorkers::~StudyWorkers() {
  listener_.reset();
  if (!array_.empty()) system_->kill({array_});
}

}  // namespace sherpa::runtime
