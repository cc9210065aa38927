#pragma once

#include <sherpa/algorithms.hpp>
#include <sherpa/export.hpp>
#include <sherpa/parameter.hpp>
#include <sherpa/stopping_rules.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sherpa {

/// A member that has no default: leaving it out does not compile.
template <class T>
class Required {
 public:
  template <class U>
    requires std::same_as<T, U> Required(U value) : value_(value) {}
    operator T() const { return value_; }

   private:
    T value_;
};

/// How far what is acknowledged can be trusted.
enum class Durability : std::uint8_t {
  process,  ///< survives the death of any process; a power cut may take the last second
  power,    ///< survives a power cut; a commit costs milliseconds
};

/// The page on which people watch and steer a study while a program runs it (docs/dashboard.md).
/// Where it is, and a link that works once, is said on standard error.
struct Dashboard {
  std::string host{
      "127.0.0.1"};  ///< an address of this machine to listen on; 0.0.0.0 or :: for all of them
  /// Taken if it is free; otherwise the one this study had before, or the first free one of 8880 to
  /// 9999.
  std::optional<std::uint16_t> port{};
  std::filesystem::path certificate{};  ///< in PEM, to encrypt it with; empty: it is not
  std::filesystem::path key{};          ///< of the certificate; likewise, without a password
};

/// What a study is about. On resume the parameters and the direction must be the same; limits may
/// be raised; anything else needs `update`.
struct StudySetup {
  std::vector<Parameter> parameters{};  ///< empty only with Iterate, which derives them
  AlgorithmSpecification algorithm;
  Required<bool> lower_is_better;
  std::optional<StoppingRuleSpecification> stopping_rule{};
  std::filesystem::path output_dir{};  ///< an existing study there is resumed; empty: in memory
  std::optional<std::uint64_t> random_seed{};  ///< drawn and recorded when absent
  Durability durability = Durability::process;
  /// Deletes checkpoints that no retry, rung or generation can load any more, but that of the best
  /// trial.
  bool prune_checkpoints = false;
  std::string name{};                    ///< default: the last part of output_dir
  std::optional<Dashboard> dashboard{};  ///< default: none; a library opens no port unasked
  bool update = false;     ///< on resume: take over a changed algorithm or stopping rule
  bool take_over = false;  ///< on resume: the coordinator on another host is known to be dead
};

}  // namespace sherpa
