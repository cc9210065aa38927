#pragma once

#include "runtime/http_client/coordinator_client.hpp"
#include "runtime/store/stored_study.hpp"

#include <filesystem>

namespace sherpa::cli {

/// Reads a stopped study (`stopped(engine)`); asks the coordinator of a running one
/// (`running(coordinator)`). Throws Exception.
template <class Stopped, class Running>
int stored_or_running(const std::filesystem::path& directory, Stopped stopped, Running running) {
  auto stored = runtime::read_stored_study(directory);
  if (stored) return stopped(**stored);
  if (stored.error().code != Errc::locked) throw Exception(stored.error());
  return running(runtime::Coordinator::of(directory).or_throw());
}

}  // namespace sherpa::cli
