#pragma once

#include <sherpa/configuration.hpp>
#include <sherpa/export.hpp>
#include <sherpa/trial.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sherpa {

struct ClientOptions {
  /// How long a call keeps trying while no coordinator answers.
  std::chrono::milliseconds patience{std::chrono::seconds(60)};
};

/// The connection of a trial's program, started by `sherpa run`, to the study: gets the
/// configuration, reports what it measures, and learns whether to stop.
///
/// A call waits for a coordinator that is being restarted, finds it again, also at another address,
/// and counts once even when an answer was lost.
///
/// Threads: one at a time.
///
/// On failure every call throws Exception: superseded when the attempt has ended or another one has
/// taken over (the program should end); wrong_state when no coordinator answered within `patience`;
/// invalid_argument for arguments that the study refuses.
class SHERPA_API Client {
 public:
  /// The client for the trial that this program was started for, from SHERPA_URL, SHERPA_TOKEN_FILE
  /// and, if set, SHERPA_OUTPUT_DIR. Does not connect yet. Throws Exception(invalid_argument) when
  /// these variables are missing: Sherpa has not started the program.
  static Client from_environment(ClientOptions options = {});
  /// The client for the server at `url`, such as `http://127.0.0.1:8880`. When nothing answers
  /// there any more, the client reads the new address from the file `endpoint` in `output_dir`, if
  /// that is given.
  Client(std::string url, std::string token, std::filesystem::path output_dir = {},
         ClientOptions options = {});
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  struct TrialInfo {
    TrialId id = 0;
    AttemptId attempt = 0;
    Configuration parameters{};
  };
  /// Returns the trial's number, its attempt, and the configuration to try.
  TrialInfo get_trial();
  /// Reports an observation. Returns once it is stored and the stopping rule has judged it: true
  /// when the trial should end now. Throws Exception(invalid_argument) for a negative iteration or
  /// one that this attempt has already reported.
  bool report(const Observation& observation);
  /// Reports observations in order, and returns as `report`. Up to 10,000 are accepted or refused
  /// together; a longer list is sent in parts of that size.
  bool report_all(const std::vector<Observation>& observations);
  /// Returns whether the trial should end now, judged by everything reported so far. Returns true
  /// as well, instead of throwing, when this is no longer the trial's current attempt.
  bool should_stop();
  /// Publishes the content of the directory SHERPA_SAVE_DIR as the checkpoint that a later attempt
  /// loads. Returns once that is stored.
  void publish();
  /// Declares how the trial ends: completed, or failed with a message. The last call before the
  /// program ends; without it, the exit code decides.
  void end(TrialStatus status, std::string_view message = {});

 private:
  class Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace sherpa
