#include "runtime/store/stored_study.hpp"
#include "core/space/access.hpp"

#include "core/base/log.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/store/sqlite_store.hpp"

#include <sherpa/study.hpp>

#include <string>
#include <utility>

namespace sherpa {

namespace fs = std::filesystem;

namespace runtime {

Result<std::unique_ptr<study::Engine>> read_stored_study(const fs::path& directory,
                                                         study::Viewer* viewer) {
  std::error_code error;
  if (!fs::exists(directory / "study.db", error))
    return Error{Errc::invalid_argument, "there is no study in " + directory.string()};
  if (auto free = StudyLock::check_free(directory); !free) return free.error();
  auto store = SqliteStore::open(directory, Durability::process, SqliteStore::Mode::read_only);
  if (!store) return store.error();
  auto engine = std::make_unique<study::Engine>(study::Engine::Options{});
  auto replayed = (*store)->replay([&](study::Entry&& entry) -> Result<void> {
    if (!engine->follows(entry.fact))
      return Error{Errc::damaged,
                   "fact " + std::to_string(entry.seq) + " cannot follow those before it"};
    engine->apply(entry);
    if (viewer) viewer->show({&entry, 1});
    return {};
  });
  if (const auto& report = (*store)->salvaged()) base::log(LogLevel::warning, report->message());
  if (!replayed) return replayed.error();
  return engine;
}

}  // namespace runtime

Results load_results(const fs::path& output_dir) {
  return internal::Access::results(runtime::read_stored_study(output_dir).or_throw()->ledger());
}

}  // namespace sherpa
