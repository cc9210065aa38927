#include "schedulers/checkpoints.hpp"

#include <charconv>
#include <system_error>
#include <vector>

namespace sherpa::schedulers {

namespace fs = std::filesystem;

Result<fs::path> make_checkpoint_directory(const fs::path& output_dir, TrialId trial,
                                           AttemptId attempt) {
  if (output_dir.empty())
    return Error{Errc::wrong_state,
                 "a study in memory has no directory for checkpoints; give it an output_dir"};
  // Never the output directory itself: one that has been moved away may come back.
  std::error_code error;
  auto directory = output_dir;
  for (const auto& part : fs::path(checkpoint_directory(trial, attempt))) {
    directory /= part;
    if (!error) fs::create_directory(directory, error);
  }
  if (error)
    return Error{Errc::store, "cannot make " + directory.string() + ": " + error.message()};
  return directory;
}

Result<void> point_current(const fs::path& output_dir, TrialId trial,
                           const std::string& directory) {
  auto current = output_dir / "checkpoints" / std::to_string(trial) / "current";
  auto fresh = current;
  fresh += ".new";
  std::error_code error;
  fs::remove(fresh, error);
  // Relative, so that the whole output directory can be moved.
  fs::create_directory_symlink(fs::path(directory).filename(), fresh, error);
  if (!error) fs::rename(fresh, current, error);
  if (error)
    return Error{Errc::store,
                 "cannot point " + current.string() + " to " + directory + ": " + error.message()};
  return {};
}

Result<void> prune_checkpoints(const fs::path& output_dir, TrialId trial, const std::string& keep,
                               bool earlier_only) {
  const auto of_trial = output_dir / "checkpoints" / std::to_string(trial);
  std::error_code error;
  auto number = [](const std::string& name) {
    AttemptId attempt = 0;
    auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), attempt);
    return bad == std::errc() && end == name.data() + name.size() ? attempt : 0;
  };
  const auto kept = number(fs::path(keep).filename().string());
  std::vector<fs::path> go;
  for (fs::directory_iterator at(of_trial, error), end; !error && at != end; at.increment(error)) {
    auto attempt = number(at->path().filename().string());
    if (attempt > 0 && (earlier_only ? attempt < kept : attempt != kept)) go.push_back(at->path());
  }
  if (error == std::errc::no_such_file_or_directory) return {};
  // The link first, so that it never points to nothing. Whatever a crash leaves is deleted
  // after the next start.
  if (keep.empty()) fs::remove(of_trial / "current", error);
  for (const auto& directory : go)
    if (!error) fs::remove_all(directory, error);
  if (keep.empty() && !error) {
    std::error_code not_empty;  // of somebody's own files
    fs::remove(of_trial, not_empty);
  }
  if (error)
    return Error{Errc::store,
                 "cannot delete checkpoints in " + of_trial.string() + ": " + error.message()};
  return {};
}

}  // namespace sherpa::schedulers
