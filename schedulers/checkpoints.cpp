#include "schedulers/checkpoints.hpp"

#include <system_error>

namespace sherpa::schedulers {

namespace fs = std::filesystem;

std::string checkpoint_directory(TrialId trial, AttemptId attempt) {
  return "checkpoints/" + std::to_string(trial) + "/" + std::to_string(attempt);
}

Result<fs::path> make_checkpoint_directory(const fs::path& output_dir, TrialId trial, AttemptId attempt) {
  if (output_dir.empty())
    return Error{Errc::wrong_state, "a study in memory has no directory for checkpoints; give it an output_dir"};
  auto directory = output_dir / checkpoint_directory(trial, attempt);
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return Error{Errc::store, "cannot make " + directory.string() + ": " + error.message()};
  return directory;
}

Result<void> point_current(const fs::path& output_dir, TrialId trial, const std::string& directory) {
  auto current = output_dir / "checkpoints" / std::to_string(trial) / "current";
  auto fresh = current;
  fresh += ".new";
  std::error_code error;
  fs::remove(fresh, error);
  // Relative, so that the whole output directory can be moved.
  fs::create_directory_symlink(fs::path(directory).filename(), fresh, error);
  if (!error) fs::rename(fresh, current, error);
  if (error) return Error{Errc::store, "cannot point " + current.string() + " to " + directory + ": " + error.message()};
  return {};
}

}  // namespace sherpa::schedulers
