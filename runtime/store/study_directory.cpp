#include "runtime/store/study_directory.hpp"

#include "core/base/files.hpp"
#include "core/base/log.hpp"
#include "core/base/text.hpp"

#include <string>
#include <system_error>
#include <utility>

namespace sherpa::runtime {

namespace fs = std::filesystem;

namespace {

/// Entries that belong to nobody's work: of file systems, desktops and version control.
bool is_ignored(const std::string& name) { return name.starts_with('.') || name == "lost+found"; }

/// What a run that was killed before its study existed may have left.
bool precedes_store(const fs::path& entry) {
  const auto name = entry.filename().string();
  return name.starts_with("study.db.new") || (name == "lock" && StudyLock::wrote(entry));
}

bool holds_store(const fs::path& directory) {
  std::error_code ignored;
  return fs::exists(directory / "study.db", ignored) ||
         fs::exists(directory / "study.db.salvaged", ignored);
}

Error not_a_study(const fs::path& directory, const std::string& name) {
  if (StudyLock::wrote(directory / "lock"))
    return {Errc::damaged, directory.string() +
                               " holds files of a study, but its store, study.db, is missing; put "
                               "it back, or use another output directory. Nothing was changed"};
  return {Errc::invalid_argument,
          "output directory " + directory.string() + " is not empty, and what is in it (" +
              base::quote(name) +
              ") is not a study of Sherpa; use a new or empty directory, such as " +
              (directory / "study").string() + ". Nothing was changed"};
}

/// Whether the directory is new or empty. Another process may be making its study meanwhile.
Result<void> check_empty(const fs::path& directory) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (is_ignored(name) || precedes_store(entry->path())) continue;
    if (holds_store(directory)) return {};
    return not_a_study(directory, name);
  }
  if (error) return base::file_error("cannot read", directory, error);
  return {};
}

}  // namespace

Result<void> check_output_dir(const fs::path& directory) {
  std::error_code error;
  const auto there = fs::status(directory, error);
  if (there.type() == fs::file_type::not_found) {
    if (fs::symlink_status(directory, error).type() == fs::file_type::symlink)
      return Error{Errc::invalid_argument,
                   "output directory " + directory.string() + " is a link to " +
                       fs::read_symlink(directory, error).string() +
                       ", which does not exist; make that directory, or use another one"};
    return {};
  }
  if (fs::exists(there) && !fs::is_directory(there))
    return Error{Errc::invalid_argument, "output directory " + directory.string() +
                                             " is not a directory; use another name"};
  if (!StudyLock::check_free(directory)) return {};  // taking the lock reports its holder
  return holds_store(directory) ? SqliteStore::check(directory) : check_empty(directory);
}

Result<std::unique_ptr<StudyDirectory>> StudyDirectory::open(const StudySetup& setup) {
  if (setup.output_dir.empty()) return std::unique_ptr<StudyDirectory>();
  if (auto usable = check_output_dir(setup.output_dir); !usable) return usable.error();
  std::error_code error;
  fs::create_directories(setup.output_dir, error);
  if (error)
    return Error{Errc::store, "cannot make the output directory " + setup.output_dir.string() +
                                  ": " + error.message() +
                                  "; choose another one or change its permissions"};
  auto lock = StudyLock::take(setup.output_dir, setup.take_over);
  if (!lock) return lock.error();
  auto store = SqliteStore::open(setup.output_dir, setup.durability);
  if (!store) return store.error();
  auto directory = std::make_unique<StudyDirectory>();
  directory->path = setup.output_dir;
  directory->lock = *std::move(lock);
  directory->store = *std::move(store);
  return directory;
}

void StudyDirectory::report_salvage() const {
  if (const auto& report = store->salvaged()) base::log(LogLevel::warning, report->message());
}

}  // namespace sherpa::runtime
