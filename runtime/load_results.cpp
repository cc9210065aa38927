#include "runtime/store/lock.hpp"
#include "runtime/store/sqlite_store.hpp"
#include "study/engine.hpp"
#include "study/log.hpp"

#include <sherpa/study.hpp>

namespace sherpa {

namespace fs = std::filesystem;

Results load_results(const fs::path& output_dir) {
  std::error_code error;
  if (!fs::exists(output_dir / "study.db", error))
    throw Exception({Errc::invalid_argument, "there is no study in " + output_dir.string()});
  runtime::StudyLock::check_free(output_dir).or_throw();
  auto store = runtime::SqliteStore::open(output_dir, Durability::process, runtime::SqliteStore::Mode::read_only).or_throw();
  study::Engine engine(study::Engine::Options{});
  auto replayed = store->replay([&](study::Entry&& entry) -> Result<void> {
    if (!engine.follows(entry.fact))
      return Error{Errc::damaged, "fact " + std::to_string(entry.seq) + " cannot follow those before it"};
    engine.apply(entry);
    return {};
  });
  if (const auto& report = store->salvaged()) study::log(LogLevel::warning, report->message());
  replayed.or_throw();
  return Results(engine.ledger());
}

}  // namespace sherpa
