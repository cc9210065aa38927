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
  std::chrono::milliseconds patience{
      std::chrono::seconds(60)};  ///< how long a call goes on trying when nobody answers
};

/// What a trial's program, started by `sherpa run`, says of its trial and hears back. A coordinator
/// that is restarted is waited for and found again; nothing is counted twice. Used by one thread at
/// a time.
///
/// Every call throws Exception: superseded when the attempt has ended or another has taken over,
/// and the program should stop; wrong_state when nobody answers for as long as `patience`.
class SHERPA_API Client {
 public:
  /// The trial that this program was started for: SHERPA_URL, SHERPA_TOKEN_FILE, and
  /// SHERPA_OUTPUT_DIR if it is set. Throws Exception(invalid_argument) where Sherpa has not
  /// started it. Does not connect yet.
  static Client from_environment(ClientOptions options = {});
  /// `url` as `http://127.0.0.1:8880`; where it answers no more, the file `endpoint` in
  /// `output_dir` is asked for another.
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
  /// What is to be tried.
  TrialInfo get_trial();
  /// Adds a measurement and returns, once that is stored and judged, whether the trial should end
  /// now. Throws Exception(invalid_argument) for a negative iteration or one that this attempt has
  /// reported.
  bool report(const Observation& observation);
  /// Adds them in order, all or none of at most 10,000; more go in parts.
  bool report_all(const std::vector<Observation>& observations);
  /// Whether the trial should end now, all that was reported considered. True also when the attempt
  /// is no longer the current one.
  bool should_stop();
  /// Makes what the directory SHERPA_SAVE_DIR holds the checkpoint that a later attempt loads;
  /// returns when that is stored.
  void publish();
  /// How the trial ends: completed, or failed with a message. The last word, before the program
  /// ends.
  void end(TrialStatus status, std::string_view message = {});

 private:
  class Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace sherpa
