#pragma once

#include <sherpa/algorithms.hpp>
#include <sherpa/export.hpp>
#include <sherpa/parameter.hpp>
#include <sherpa/stopping_rules.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sherpa {

/// A member without a default: omitting it does not compile.
template <class T>
class Required {
 public:
  template <class U>
    requires std::same_as<T, U> Required(U value) : value_(value) {}
    operator T() const { return value_; }

   private:
    T value_;
};

/// What acknowledged results survive.
enum class Durability : std::uint8_t {
  process,  ///< the death of any process; a power cut may lose the last second
  power,    ///< also a power cut; a commit takes milliseconds
};

/// A web page on which people watch and steer the study while this program runs it
/// (docs/dashboard.md). Its address, with a link that works once, is printed on standard error.
struct Dashboard {
  /// The address of this machine to listen on; 0.0.0.0 or :: for all addresses.
  std::string host{"127.0.0.1"};
  /// Used if it is free. Otherwise, or when absent, the study's former port, or the first free one
  /// of 8880 to 9999.
  std::optional<std::uint16_t> port{};
  std::filesystem::path certificate{};  ///< PEM file that turns on TLS; empty: plain HTTP
  std::filesystem::path key{};          ///< PEM file of the certificate's key, without a password
};

/// What to search, and how. On resume the parameters and the direction must be the same, limits may
/// be raised, and every other change needs `update`.
struct StudySetup {
  std::vector<Parameter> parameters{};  ///< may be empty with Iterate only, which derives them
  AlgorithmSpecification algorithm;
  Required<bool> lower_is_better;
  std::optional<StoppingRuleSpecification> stopping_rule{};
  /// Where the study is stored: a new or empty directory, or that of an existing study, which is
  /// resumed. Empty: in memory only.
  std::filesystem::path output_dir{};
  /// How long a running study waits for an output directory that has been moved away or whose file
  /// system does not answer. No trial starts meanwhile; after that the study ends with an error,
  /// and can be resumed.
  std::chrono::milliseconds output_dir_patience{std::chrono::minutes(10)};
  std::optional<std::uint64_t> random_seed{};  ///< absent: drawn at random, and recorded
  Durability durability = Durability::process;
  /// Delete checkpoints that no retry, rung or generation can load any more, except that of the
  /// best trial.
  bool prune_checkpoints = false;
  std::string name{};                    ///< default: the last part of output_dir
  std::optional<Dashboard> dashboard{};  ///< absent: no page, no open port
  bool update = false;                   ///< on resume: accept a changed algorithm or stopping rule
  /// On resume: replace a coordinator on another host that is known to be dead.
  bool take_over = false;
};

}  // namespace sherpa
