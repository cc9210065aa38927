// The files of a store: a length, so many bytes of the database, and its log.

#include "runtime/store/salvage.hpp"
#include "runtime/store/sqlite_store.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/facts.hpp"
#include "tests/support/scratch.hpp"

#include <sherpa/log.hpp>

#include <algorithm>
#include <cstring>

using namespace sherpa;

namespace {

void write(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

study::Group one_more(study::Seq seq) {
  auto facts = testing_support::one_of_each();
  return std::make_shared<const std::vector<study::Entry>>(
      1, study::Entry{seq, 1, facts[(seq - 1) % facts.size()]});
}

}  // namespace

std::vector<std::string> fuzz::seeds() {
  std::vector<std::string> all;
  for (study::Seq count : {1, 30, 120}) {
    testing_support::Scratch scratch;
    auto store = runtime::SqliteStore::open(scratch.path(), Durability::process);
    for (study::Seq seq = 1; seq <= count; ++seq) {
      auto group = one_more(seq);
      require(static_cast<bool>(store && (*store)->commit(std::span(&group, 1))),
              "cannot make a seed");
    }
    auto db = testing_support::read_file(scratch / "study.db"),
         log = testing_support::read_file(scratch / "study.db-wal");
    auto size = static_cast<std::uint32_t>(db.size());
    all.push_back(std::string(reinterpret_cast<const char*>(&size), sizeof size) + db + log);
  }
  return all;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing_support::Scratch scratch;
  std::uint32_t db_size = 0;
  std::memcpy(&db_size, data, std::min(size, sizeof db_size));
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  bytes.remove_prefix(std::min(size, sizeof db_size));
  auto db = bytes.substr(0, db_size);
  auto path = scratch / "study.db";
  write(path, db);
  write(scratch / "study.db-wal", bytes.substr(db.size()));

  auto raw = runtime::RawStore::open(path);
  fuzz::require(raw.has_value(), "plain files can be read");
  raw->health(std::string(runtime::RawStore::page_size, 'x'));
  raw->header();
  raw->search();
  study::StoredFact fact;
  for (study::Seq seq = 1; seq <= raw->kept(); ++seq)
    fuzz::require(raw->read(seq, fact) && fact.seq == seq, "a fact that is kept cannot be read");
  return 0;
}
