#include "schedulers/batch/batch_launcher.hpp"

#include "core/base/text.hpp"
#include "schedulers/batch/batch_core.hpp"
#include "schedulers/host_worker.hpp"

#include <system_error>
#include <utility>

namespace sherpa::schedulers {

namespace fs = std::filesystem;

namespace {

class BatchLauncher final : public study::Launcher {
 public:
  explicit BatchLauncher(std::shared_ptr<BatchCore> core) : core_(std::move(core)) {}
  ~BatchLauncher() override { core_->close(); }

  study::Worker worker() const override { return core_->worker(); }
  void launch(study::effect::Start start, std::shared_ptr<study::TrialChannel> channel) override {
    core_->launch(std::move(start), std::move(channel));
  }
  std::vector<study::effect::Start> running() override { return core_->running(); }
  void adopt(const study::effect::Start& start,
             std::shared_ptr<study::TrialChannel> channel) override {
    core_->adopt(start, std::move(channel));
  }
  std::map<std::pair<TrialId, AttemptId>, std::string> waiting() const override {
    return core_->waiting();
  }
  void settled(TrialId trial, AttemptId attempt) override { core_->settled({trial, attempt}); }
  void superseded(TrialId trial, AttemptId attempt) override {
    core_->superseded({trial, attempt});
  }

 private:
  const std::shared_ptr<BatchCore> core_;
};

}  // namespace

Result<BatchJobs> make_batch_launcher(BatchOptions options) {
  for (const auto* path : {&options.output_dir, &options.directory})
    if (!path->is_absolute())
      return Error{Errc::invalid_argument, base::quote(path->string()) + " is no absolute path"};
  if (options.command.empty() || !fs::path(options.command.front()).is_absolute())
    return Error{Errc::invalid_argument, "jobs need a program, given by its absolute path"};
  const auto jobs = options.output_dir / "jobs";
  std::error_code error;
  fs::create_directories(jobs, error);
  if (error)
    return Error{Errc::store, "cannot make " + jobs.string() + ": " + error.message() +
                                  "; choose another output directory"};
  // The same on every host, because the queue is shared.
  auto worker = host_worker(jobs, options.slots, options.resources, options.system->name());
  if (!worker) return worker.error();
  auto core = std::make_shared<BatchCore>(std::move(options), *std::move(worker));
  core->begin();
  return BatchJobs{std::make_unique<BatchLauncher>(core),
                   [weak = std::weak_ptr(core)](const link::Hello& hello,
                                                const std::shared_ptr<link::Connection>& connection)
                       -> Result<std::shared_ptr<link::ConnectionHandler>> {
                     if (auto there = weak.lock()) return there->greet(hello, connection);
                     return Error{Errc::wrong_state, "the study is ending"};
                   }};
}

}  // namespace sherpa::schedulers
