#pragma once

#include <sherpa/configuration.hpp>
#include <sherpa/trial.hpp>

#include <charconv>
#include <optional>
#include <string>

/// Trials that go on from others. An algorithm says so with two fields beside the parameters,
/// SHERPA's: `load_from`, the id of the trial gone on from as text ("" for none), and `save_to`,
/// which it leaves empty and which becomes the trial's own id.
namespace sherpa::study {

/// Where an attempt writes its checkpoint, relative to the output directory; it can publish no
/// other directory.
inline std::string checkpoint_directory(TrialId trial, AttemptId attempt) {
  return "checkpoints/" + std::to_string(trial) + "/" + std::to_string(attempt);
}

/// The trial that this configuration goes on from.
inline std::optional<TrialId> parent_of(const Configuration& configuration) {
  const Value* from = configuration.find("load_from");
  if (!from || from->kind() != Value::Kind::text || !configuration.contains("save_to"))
    return std::nullopt;
  const std::string& text = from->text();
  TrialId parent = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parent);
  if (error != std::errc() || end != text.data() + text.size() || parent == 0) return std::nullopt;
  return parent;
}

/// Gives the configuration of an algorithm that says where trials save to its trial's id.
inline void name_save(Configuration& configuration, TrialId trial) {
  const Value* to = configuration.find("save_to");
  if (to && *to == Value("") && configuration.contains("load_from"))
    configuration.set("save_to", std::to_string(trial));
}

}  // namespace sherpa::study
