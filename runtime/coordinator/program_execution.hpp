#pragma once

#include "core/study/open_attempts.hpp"
#include "core/study_file/study_file.hpp"
#include "dashboard/http/http_server.hpp"
#include "dashboard/trial_api.hpp"
#include "runtime/coordinator/execution.hpp"

#include <sherpa/scheduler.hpp>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

/// The executions of a study file, whose trials are programs.
namespace sherpa::runtime {

/// The trial API of a study's programs. Until attempts of an earlier run are adopted, it answers
/// 503: it does not know them yet.
class ProgramApi {
 public:
  dashboard::Authorization authorize(const dashboard::Request& head) const;
  void handle(const dashboard::Request& request, dashboard::Reply reply);
  void adopted(const std::string& uuid);
  const std::shared_ptr<study::OpenAttempts>& attempts() const { return attempts_; }

 private:
  std::shared_ptr<study::OpenAttempts> attempts_ = std::make_shared<study::OpenAttempts>();
  dashboard::TrialApi api_{*attempts_};
  std::atomic<bool> adopted_ = false;
};

/// Local commands; their scripts find the trial API at `url`.
std::unique_ptr<Execution> make_local_execution(const study_file::StudyFile& file, ProgramApi& api,
                                                std::function<std::string()> url);
/// Jobs of a batch system, or of the caller's own scheduler where there is one. `sherpa`: the
/// command that they run.
std::unique_ptr<Execution> make_batch_execution(const study_file::StudyFile& file, ProgramApi& api,
                                                Scheduler* own, std::filesystem::path sherpa);
/// Workers on other hosts. `sherpa`: the command, where the study starts them.
std::unique_ptr<Execution> make_worker_execution(const study_file::StudyFile& file, ProgramApi& api,
                                                 std::filesystem::path sherpa);

}  // namespace sherpa::runtime
