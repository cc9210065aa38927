#include "runtime/store/study_directory.hpp"

#include "core/base/log.hpp"

#include <system_error>
#include <utility>

namespace sherpa::runtime {

Result<std::unique_ptr<StudyDirectory>> StudyDirectory::open(const StudySetup& setup) {
  if (setup.output_dir.empty()) return std::unique_ptr<StudyDirectory>();
  std::error_code error;
  std::filesystem::create_directories(setup.output_dir, error);
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
