#pragma once

#include "runtime/http_client/coordinator_client.hpp"
#include "runtime/store/stored_study.hpp"

#include <filesystem>

namespace sherpa::cli {

/// Reads a study that nobody runs (`at_rest(engine)`); asks the coordinator of one that runs
/// (`running(coordinator)`). Throws Exception.
template <class AtRest, class Running>
int stored_or_running(const std::filesystem::path& directory, AtRest at_rest, Running running) {
  auto stored = runtime::read_stored_study(directory);
  if (stored) return at_rest(**stored);
  if (stored.error().code != Errc::locked) throw Exception(stored.error());
  return running(runtime::Coordinator::of(directory).or_throw());
}

}  // namespace sherpa::cli
