#pragma once

#include "core/base/result.hpp"
#include "core/study/launcher.hpp"
#include "core/study/open_attempts.hpp"

#include <sherpa/configuration.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sherpa::schedulers {

struct CommandOptions {
  std::filesystem::path output_dir;  ///< absolute
  /// The command of a trial, ready to be executed; an error is the end of the attempt. Called by
  /// the thread that launches.
  std::function<Result<std::vector<std::string>>(const Configuration&)> command;
  std::vector<std::string> submit_options{};  ///< words put before the command
  std::filesystem::path directory;            ///< where it runs; absolute
  /// Added to what is inherited; a trial's own variables win over both.
  std::map<std::string, std::string> environment{};
  std::uint32_t slots = 1;
  std::vector<std::string> resources{};  ///< units, such as gpu:0
  /// Who runs them, where that is not this host as the output directory knows it.
  std::optional<study::Worker> worker{};
  std::chrono::milliseconds grace{10'000};
  std::chrono::milliseconds orphan_grace{30'000};
  std::vector<std::string> shim;  ///< the words that start run_job_shim; the first an absolute path
  std::function<std::string()> url{};  ///< of the trial API, for SHERPA_URL; absent: none is served
  std::shared_ptr<study::OpenAttempts> attempts = std::make_shared<study::OpenAttempts>();
};

/// Runs attempts as commands on this host, each behind a shim that outlives the coordinator
/// (schedulers/local/job_shim.hpp). One thread watches all of them. Its destructor tells what runs
/// to go and waits for it. Fails with invalid_argument (a path that is not absolute, no shim) or
/// store (no place for the files of jobs).
Result<std::unique_ptr<study::Launcher>> make_command_launcher(CommandOptions options);

}  // namespace sherpa::schedulers
