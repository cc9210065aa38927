#pragma once

#include "core/base/result.hpp"
#include "core/space/search_space.hpp"
#include "core/study/facts.hpp"
#include "core/study/lineage.hpp"

#include <sherpa/configuration.hpp>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Shared by algorithms whose trials resume from the checkpoints of others: which trials are
/// theirs, and the fields of a configuration that name the parent.
namespace sherpa::algorithms {

/// Whether the trial was suggested by the algorithm with this path through Chains.
inline bool chosen_at(const std::vector<std::uint32_t>& path,
                      const study::fact::TrialIssued& issued) {
  const auto& through = issued.origin.path;
  return issued.origin.by_algorithm() && through.size() >= path.size() &&
         std::equal(path.begin(), path.end(), through.begin());
}

/// The parameters of a configuration, without fields that an algorithm added.
inline Configuration parameters_of_trial(const space::SearchSpace& space,
                                         const Configuration& configuration) {
  if (configuration.size() == space.size()) return configuration;
  std::vector<Value> values;
  values.reserve(space.size());
  for (const auto& parameter : space.parameters())
    values.push_back(configuration.at(parameter.name()));
  return space.assemble(std::move(values));
}

/// Makes a trial resume from its parent, or start from scratch without one. The engine sets
/// `save_to` to the trial's id when it issues the trial.
inline void resume_from(Configuration& configuration, std::optional<TrialId> parent) {
  configuration.set("load_from", parent ? std::to_string(*parent) : std::string());
  configuration.set("save_to", "");
}

/// The value of a field that one of these algorithms wrote; nothing if it is not a count.
inline std::optional<std::uint64_t> count_in(const Configuration& configuration,
                                             std::string_view name) {
  const Value* value = configuration.find(name);
  if (!value || value->kind() != Value::Kind::integer || value->integer() < 0) return std::nullopt;
  return static_cast<std::uint64_t>(value->integer());
}

/// An error if a parameter has the name of a field that the algorithm adds.
inline Result<void> keep_names_free(std::string_view algorithm, const space::SearchSpace& space,
                                    std::initializer_list<std::string_view> fields) {
  for (auto field : fields)
    if (std::binary_search(space.names()->begin(), space.names()->end(), field))
      return Error{Errc::invalid_argument,
                   std::string(algorithm) + ": it adds a field '" + std::string(field) +
                       "' to every configuration; call the parameter something else"};
  return {};
}

}  // namespace sherpa::algorithms
