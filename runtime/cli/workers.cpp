#include "runtime/cli/workers.hpp"

#include "runtime/link/authority.hpp"
#include "runtime/link/gate.hpp"
#include "runtime/link/join_file.hpp"
#include "schedulers/job_files.hpp"
#include "study/duration.hpp"
#include "study/log.hpp"
#include "study/placement.hpp"
#include "study/text.hpp"
#include "study/words.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace sherpa::cli {

namespace fs = std::filesystem;
namespace link = runtime::link;

namespace {

/// Whether a worker can run the trials of this study at all.
Result<void> admit(const study::RunSpec& run, const study::link::Hello& hello) {
  auto refuse = [](const std::string& why) { return Error{Errc::refused, why}; };
  const auto& functions = hello.functions;
  if (run.function && functions.empty())
    return refuse("the study runs the function " + study::quote(*run.function) +
                  "; start a program that has it compiled in (sherpa::Worker)");
  if (run.function && std::find(functions.begin(), functions.end(), *run.function) == functions.end())
    return refuse("the study runs the function " + study::quote(*run.function) + ", and the worker has " +
                  study::enumerate(functions) + "; give Worker::run the name in the study file");
  if (!run.function && !functions.empty()) return refuse("the study runs a command; start workers with sherpa worker");
  if (!study::Room::could_ever(hello.worker, run.needs))
    return refuse("a trial needs more than its " + std::to_string(hello.worker.slots) + " slots and " +
                  (hello.worker.resources.empty() ? "no resources" : study::enumerate(hello.worker.resources)) +
                  "; see run.needs, --slots and --resource");
  return {};
}

}  // namespace

Result<actors::Workers> StudyWorkers::open(const runtime::StudyDirectory& directory, const std::string& uuid) {
  const auto join_path = directory.path / "join";
  auto authority = link::Authority::open(directory.path, uuid);
  if (!authority) return authority.error();
  auto coordinator = authority->issue(link::Party::coordinator);
  if (!coordinator) return coordinator.error();
  auto worker = authority->issue(link::Party::worker);
  if (!worker) return worker.error();
  const auto& workers = file_.workers;  // absent: those who come are jobs
  auto port = workers ? workers->port : std::nullopt;
  const auto listen = workers ? workers->listen : "0.0.0.0";
  if (!port)  // after a restart the former one, if it is free: workers need not look it up
    if (auto former = link::read_join_file(join_path)) port = former->port;
  auto gate = link::make_gate({.study = uuid,
                               .coordinator = *std::move(coordinator),
                               .authority = authority->certificate(),
                               .host = listen,
                               .port = port});
  if (!gate) return gate.error();
  gate_ = *std::move(gate);
  link::JoinFile join{.study = uuid,
                      .epoch = directory.lock->epoch(),
                      .addresses = link::addresses_of(listen),
                      .port = gate_->port(),
                      .authority = authority->certificate(),
                      .worker = *std::move(worker)};
  if (auto written = link::write_join_file(join_path, join); !written) return written.error();
  if (!workers) {
    // They know the way.
  } else if (workers->launch == study::Launch::local) {
    if (auto started = start_local(directory.path); !started) return started.error();
  } else if (workers->launch != study::Launch::none) {
    if (auto submitted = submit(directory.path); !submitted) return submitted.error();
  } else {
    study::log(LogLevel::info,
               "workers join on port " + std::to_string(gate_->port()) + ": sherpa worker --join " + join_path.string());
  }
  auto told = file_;
  told.run.directory = fs::absolute(told.run.directory);
  actors::Workers taken;
  taken.gate = gate_.get();
  taken.welcome.study = uuid;
  taken.welcome.epoch = join.epoch;
  taken.welcome.output_dir = directory.path.string();
  taken.welcome.run = study::to_yaml(told);
  taken.welcome.lease_ms = file_.run.lease.count();
  taken.admit = [run = file_.run, wanted = workers.has_value()](const study::link::Hello& hello) -> Result<void> {
    if (wanted) return admit(run, hello);
    return Error{Errc::refused, "the study runs its trials as jobs; see run.scheduler and workers"};
  };
  return taken;
}

std::vector<std::string> StudyWorkers::worker_command(const fs::path& output_dir) const {
  const auto& workers = *file_.workers;
  std::vector<std::string> words{
      sherpa_.string(), "worker", "--join", (output_dir / "join").string(), "--slots", std::to_string(workers.slots)};
  if (workers.resources && !workers.resources->empty()) {
    words.emplace_back("--resource");
    words.insert(words.end(), workers.resources->begin(), workers.resources->end());
  }
  return words;
}

/// As one array of jobs; that of an earlier coordinator, where it is there still.
Result<void> StudyWorkers::submit(const fs::path& output_dir) {
  const auto& workers = *file_.workers;
  const auto jobs = output_dir / "jobs";
  std::error_code error;
  fs::create_directories(jobs, error);
  auto options = study::split_words(workers.submit_options);
  if (!options) return options.error();
  schedulers::BatchWishes wishes{.options = *std::move(options),
                                 .environment = workers.environment.empty() ? fs::path() : fs::absolute(workers.environment)};
  system_ = workers.launch == study::Launch::slurm ? schedulers::make_slurm(std::move(wishes))
                                                   : schedulers::make_grid_engine(std::move(wishes));
  schedulers::BatchJob batch;
  batch.id_file = jobs / "workers.id";
  if (auto former = system_->read_id(schedulers::read_text(batch.id_file).value_or(""))) {
    if (auto there = system_->is_there(*former); there && *there) {
      array_ = *std::move(former);
      study::log(LogLevel::info, "the workers of job " + array_ + " of " + system_->name() + " go on");
      return {};
    }
  }
  batch.count = workers.count;
  batch.notice = std::chrono::duration_cast<std::chrono::seconds>(workers.notice);
  batch.again = true;
  batch.job.command = worker_command(output_dir);
  batch.job.command.insert(batch.job.command.end(), {"--idle", workers.idle ? study::show_duration(*workers.idle) : "never",
                                                     "--grace", study::show_duration(workers.notice / 2)});
  batch.job.name = file_.setup.name + "-workers";
  batch.job.directory = fs::current_path(error);
  batch.job.output = jobs / "worker_";
  auto id = system_->submit(batch);
  if (!id)
    return Error{id.error().code,
                 "cannot submit workers to " + system_->name() + ": " + id.error().message + "; see workers.submit_options"};
  array_ = *std::move(id);
  study::log(LogLevel::info, std::to_string(workers.count) + " workers are job " + array_ + " of " + system_->name());
  return {};
}

/// Processes of this host, each in a group of its own, so that a terminal's signal reaches only this one.
Result<void> StudyWorkers::start_local(const fs::path& output_dir) {
  const auto& workers = *file_.workers;
  std::error_code ignored;
  fs::create_directories(output_dir / "jobs", ignored);
  for (std::uint32_t i = 1; i <= workers.count; ++i) {
    const auto name = "local-" + std::to_string(i);
    auto words = worker_command(output_dir);
    words.insert(words.end(), {"--name", name, "--idle", "never", "--parent", std::to_string(::getpid())});
    if (!workers.environment.empty()) {
      words.insert(words.begin(), {"/bin/sh", "-c", ". \"$0\" && exec \"$@\"", fs::absolute(workers.environment).string()});
    }
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    const auto output = (output_dir / "jobs" / ("worker_" + name + ".out")).string();
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output.c_str(), O_CREAT | O_APPEND | O_WRONLY, 0644);
    ::posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    pid_t pid = 0;
    const int failed = ::posix_spawn(&pid, argv.front(), &files, &attributes, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
    if (failed != 0) return Error{Errc::internal, std::string("cannot start a worker: ") + std::strerror(failed)};
    started_.push_back(pid);
  }
  return {};
}

StudyWorkers::~StudyWorkers() {
  gate_.reset();
  if (!array_.empty()) system_->kill({array_});
  for (pid_t pid : started_) ::kill(pid, SIGTERM);  // where it has left already, it is a zombie of ours still
  for (pid_t pid : started_)
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {}
}

}  // namespace sherpa::cli
