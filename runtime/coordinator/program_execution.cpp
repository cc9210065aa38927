#include "runtime/coordinator/program_execution.hpp"

#include "core/base/duration.hpp"
#include "core/base/files.hpp"
#include "core/base/shell_words.hpp"
#include "runtime/coordinator/study_workers.hpp"
#include "runtime/store/study_directory.hpp"
#include "schedulers/batch/batch_launcher.hpp"
#include "schedulers/local/command_launcher.hpp"
#include "schedulers/local/find_job_shim.hpp"

#include <utility>
#include <vector>

namespace sherpa::runtime {

namespace fs = std::filesystem;

namespace {

/// What precedes a local command: the file to source, and the users' wrapper words.
std::vector<std::string> words_before(const study_file::SchedulerSpec& scheduler) {
  auto words = base::split_words(scheduler.submit_options).or_throw();
  if (!scheduler.environment.empty())
    words.insert(words.begin(), {"/bin/bash", "-c", ". \"$0\" && exec \"$@\"",
                                 fs::absolute(scheduler.environment).string()});
  return words;
}

std::unique_ptr<schedulers::BatchSystem> batch_system(const study_file::SchedulerSpec& spec,
                                                      Scheduler* own) {
  if (own) return schedulers::make_own_system(*own);
  schedulers::BatchWishes wishes{
      .options = base::split_words(spec.submit_options).or_throw(),
      .environment = spec.environment.empty() ? fs::path() : fs::absolute(spec.environment)};
  return spec.name == study_file::SchedulerKind::slurm
             ? schedulers::make_slurm(std::move(wishes))
             : schedulers::make_grid_engine(std::move(wishes));
}

/// Runs a study file's trials; keeps the file together with the objects built from it.
class ProgramExecution : public Execution {
 public:
  ProgramExecution(const study_file::StudyFile& file, ProgramApi& api) : file_(file), api_(api) {}

  bool has_programs() const override { return true; }
  void adopted(const std::string& uuid) override { api_.adopted(uuid); }
  Result<Runners> open(const StudyDirectory* directory, const std::string& uuid) final {
    if (auto written = keep_file(directory->path / "study.yaml"); !written) return written.error();
    return start(*directory, uuid);
  }

 protected:
  virtual Result<Runners> start(const StudyDirectory& directory, const std::string& uuid) = 0;

  const study_file::StudyFile& file_;
  ProgramApi& api_;

 private:
  /// The file that was read stays as it is, with its comments.
  Result<void> keep_file(const fs::path& path) const {
    std::error_code ignored;
    if (!file_.source.empty() && fs::equivalent(file_.source, path, ignored)) return {};
    return base::replace_file(path, study_file::to_yaml(file_), 0644);
  }
};

class LocalExecution final : public ProgramExecution {
 public:
  LocalExecution(const study_file::StudyFile& file, ProgramApi& api,
                 std::function<std::string()> url)
      : ProgramExecution(file, api), url_(std::move(url)) {}

  Result<Runners> start(const StudyDirectory&, const std::string&) override {
    const auto& run = file_.run;
    auto launcher = schedulers::make_command_launcher(
        {.output_dir = file_.setup.output_dir,
         .command = [run](const Configuration& c) { return study_file::resolved_command(run, c); },
         .submit_options = words_before(run.scheduler),
         .directory = fs::absolute(run.directory),
         .environment = run.environment,
         .slots = run.max_concurrent.value_or(1),
         .resources = run.scheduler.resources,
         .grace = run.grace,
         .orphan_grace = run.orphan_grace,
         .shim = schedulers::find_job_shim(),
         .url = url_,
         .attempts = api_.attempts()});
    if (!launcher) return launcher.error();
    return Runners{.launcher = *std::move(launcher)};
  }

 private:
  std::function<std::string()> url_;
};

class WorkerExecution final : public ProgramExecution {
 public:
  WorkerExecution(const study_file::StudyFile& file, ProgramApi& api, fs::path sherpa)
      : ProgramExecution(file, api), workers_(file, std::move(sherpa)) {}

  Result<Runners> start(const StudyDirectory& directory, const std::string& uuid) override {
    auto workers = workers_.open(directory, uuid);
    if (!workers) return workers.error();
    return Runners{.launcher = nullptr, .workers = *std::move(workers)};
  }

 private:
  StudyWorkers workers_;
};

/// A job says hello like a worker, and runs one attempt.
class BatchExecution final : public ProgramExecution {
 public:
  BatchExecution(const study_file::StudyFile& file, ProgramApi& api, Scheduler* own,
                 fs::path sherpa)
      : ProgramExecution(file, api),
        own_(own),
        sherpa_(std::move(sherpa)),
        workers_(file, fs::path()) {}

  Result<Runners> start(const StudyDirectory& directory, const std::string& uuid) override {
    const auto& run = file_.run;
    auto jobs = schedulers::make_batch_launcher({.output_dir = file_.setup.output_dir,
                                                 .system = batch_system(run.scheduler, own_),
                                                 .command = job_command(),
                                                 .directory = fs::absolute(run.directory),
                                                 .name = file_.setup.name,
                                                 .resources = run.scheduler.resources,
                                                 .grace = run.grace,
                                                 .lease = run.lease});
    if (!jobs) return jobs.error();
    auto workers = workers_.open(directory, uuid);
    if (!workers) return workers.error();
    workers->jobs = std::move(jobs->greet);
    return Runners{.launcher = std::move(jobs->launcher), .workers = *std::move(workers)};
  }

 private:
  std::vector<std::string> job_command() const {
    const auto& run = file_.run;
    std::vector<std::string> command{sherpa_.string(), "job",
                                     "--join",         (file_.setup.output_dir / "join").string(),
                                     "--alone",        base::show_duration(run.orphan_grace)};
    if (run.timeout)
      command.insert(command.end(), {"--timeout", base::show_duration(*run.timeout)});
    return command;
  }

  Scheduler* own_;
  fs::path sherpa_;
  StudyWorkers workers_;
};

dashboard::Response just_starting() {
  return dashboard::problem(503, "the study is just starting; try again in a moment");
}

}  // namespace

dashboard::Authorization ProgramApi::authorize(const dashboard::Request& head) const {
  return adopted_ ? api_.authorize(head) : dashboard::Authorization{.refusal = just_starting()};
}

void ProgramApi::handle(const dashboard::Request& request, dashboard::Reply reply) {
  if (!adopted_) return reply(just_starting());
  api_.handle(request, std::move(reply));
}

void ProgramApi::adopted(const std::string& uuid) {
  attempts_->belong_to(uuid);
  adopted_ = true;
}

std::unique_ptr<Execution> make_local_execution(const study_file::StudyFile& file, ProgramApi& api,
                                                std::function<std::string()> url) {
  return std::make_unique<LocalExecution>(file, api, std::move(url));
}

std::unique_ptr<Execution> make_batch_execution(const study_file::StudyFile& file, ProgramApi& api,
                                                Scheduler* own, fs::path sherpa) {
  return std::make_unique<BatchExecution>(file, api, own, std::move(sherpa));
}

std::unique_ptr<Execution> make_worker_execution(const study_file::StudyFile& file, ProgramApi& api,
                                                 fs::path sherpa) {
  return std::make_unique<WorkerExecution>(file, api, std::move(sherpa));
}

}  // namespace sherpa::runtime
