#include "runtime/store/sqlite_store.hpp"

#include "core/study/fact_codec.hpp"
#include "core/study/wire.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace sherpa::runtime {
namespace {

using study::Entry;
using study::Fact;
using study::Group;
using study::Seq;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;
namespace fact = study::fact;
namespace fs = std::filesystem;

using Mode = SqliteStore::Mode;
const double nan = std::nan("");
constexpr double inf = std::numeric_limits<double>::infinity();

class SqliteStoreTest : public testing::Test {
 protected:
  SqliteStoreTest() {
    auto pattern = (fs::temp_directory_path() / "sherpa-test-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    directory_ = root_ / "study";
    db_ = directory_ / "study.db";
  }
  ~SqliteStoreTest() override { fs::remove_all(root_); }

  fs::path root_, directory_, db_;
};

Group group(Seq from, std::vector<Fact> facts) {
  auto entries = std::make_shared<std::vector<Entry>>();
  for (auto& fact : facts) {
    auto seq = from++;
    entries->push_back(
        {seq, 1'700'000'000'000'000 + static_cast<std::int64_t>(seq), std::move(fact)});
  }
  return entries;
}

fact::Observation observation(Seq seq) {
  return {1 + seq / 10,    1, static_cast<std::int64_t>(seq % 10), 1.0 / static_cast<double>(seq),
          {{"loss", 0.5}}, 0};
}

/// Facts from … until, each a group of its own.
std::vector<Group> singles(Seq from, Seq until) {
  std::vector<Group> groups;
  for (auto seq = from; seq <= until; ++seq) groups.push_back(group(seq, {observation(seq)}));
  return groups;
}

/// Everything about an entry, bit by bit.
std::string text(const Entry& entry) {
  return std::to_string(entry.seq) + " " + std::to_string(entry.at) + " " +
         std::string(study::fact_names[entry.fact.index()]) + " " +
         std::visit([](const auto& f) { return study::wire::pack(f); }, entry.fact);
}
std::vector<std::string> texts(const std::vector<Group>& groups) {
  std::vector<std::string> all;
  for (const auto& group : groups)
    for (const auto& entry : *group) all.push_back(text(entry));
  return all;
}

std::unique_ptr<SqliteStore> opened(const fs::path& directory,
                                    Durability durability = Durability::process,
                                    Mode mode = Mode::create_or_open) {
  auto store = SqliteStore::open(directory, durability, mode);
  EXPECT_TRUE(store) << store.error().message;
  return store ? *std::move(store) : nullptr;
}
Error refused(const fs::path& directory, Mode mode = Mode::create_or_open) {
  auto store = SqliteStore::open(directory, Durability::process, mode);
  EXPECT_FALSE(store);
  return store ? Error{} : store.error();
}

std::vector<std::string> replayed(SqliteStore& store) {
  std::vector<std::string> all;
  auto done = store.replay([&](Entry&& entry) -> Result<void> {
    all.push_back(text(entry));
    return {};
  });
  EXPECT_TRUE(done) << done.error().message;
  return all;
}
std::vector<std::string> stored(const fs::path& directory, Mode mode = Mode::create_or_open) {
  auto store = opened(directory, Durability::process, mode);
  return store ? replayed(*store) : std::vector<std::string>();
}

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
std::map<std::string, std::string> contents(const fs::path& directory) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::directory_iterator(directory))
    all[entry.path().filename()] = bytes_of(entry.path());
  return all;
}
std::vector<std::string> names(const fs::path& directory) {
  std::vector<std::string> all;
  for (const auto& [name, bytes] : contents(directory)) all.push_back(name);
  return all;
}

/// What any program with SQLite sees: each row's columns, with commas.
std::vector<std::string> query(const fs::path& path, const std::string& sql) {
  sqlite3* db = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  std::vector<std::string> rows;
  auto add = [](void* to, int columns, char** values, char**) {
    std::string row;
    for (int i = 0; i < columns; ++i)
      row += (i > 0 ? "," : "") + std::string(values[i] ? values[i] : "NULL");
    static_cast<std::vector<std::string>*>(to)->push_back(row);
    return 0;
  };
  char* problem = nullptr;
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), add, &rows, &problem), SQLITE_OK)
      << (problem ? problem : "");
  sqlite3_free(problem);
  sqlite3_close(db);
  return rows;
}

/// Runs `work` in a process of its own; what it returns is passed back as text.
std::string in_child(const std::function<std::string()>& work) {
  std::array<int, 2> pipe{};
  EXPECT_EQ(::pipe(pipe.data()), 0);
  auto pid = ::fork();
  if (pid == 0) {
    auto answer = work();
    auto n = ::write(pipe[1], answer.data(), answer.size());
    ::_exit(n == static_cast<ssize_t>(answer.size()) ? 0 : 1);
  }
  ::close(pipe[1]);
  std::string answer;
  std::array<char, 4096> part{};
  for (ssize_t n; (n = ::read(pipe[0], part.data(), part.size())) > 0;)
    answer.append(part.data(), static_cast<std::size_t>(n));
  ::close(pipe[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  return answer;
}

// What goes in comes out.

std::vector<Group> every_kind_of_fact() {
  Metrics many;
  for (int i = 0; i < 3000; ++i) many["metric " + std::to_string(i)] = i / 7.0;
  Configuration large;
  auto parameter_names = std::make_shared<Configuration::Names>();
  std::vector<Value> values;
  for (int i = 0; i < 10'000; ++i) {
    parameter_names->push_back("parameter " + std::to_string(10'000 + i));
    values.emplace_back(i % 3 == 0 ? Value(i) : i % 3 == 1 ? Value(i / 3.0) : Value("text"));
  }
  return {
      group(1, {fact::StudyCreated{"uuid", 1, "digits", "[]", false, "{}", "", 1ull << 63,
                                   study::Limits{.budget = 40}}}),
      group(
          2,
          {fact::StudyChanged{
               "{}", "{}", study::Limits{.needs = {.slots = 2, .resources = {{"gpu", 0.5}}}}, true},
           fact::TrialIssued{
               7,
               {{"a", 1}, {"b", 1.0}, {"c", "x"}, {"d", list(1, 2.5, "y", true)}, {"e", false}},
               {3, 9, {1, 0}}},
           fact::AttemptStarted{7, 2, "hash", "node1", "inc", 2, {{"gpu:0", 0.5}}}}),
      group(5, {fact::Observation{7,
                                  2,
                                  12,
                                  0.25,
                                  {{"loss", -inf}, {"accuracy", 64}, {"nan", nan}, {"zero", -0.0}},
                                  5}}),
      group(6,
            {fact::Observation{7, 2, 13, nan, many, 0}, fact::Observation{7, 2, 14, inf, {}, 0},
             fact::Observation{7, 2, 15, -inf, {}, 0}, fact::Observation{7, 2, 16, -0.0, {}, 0},
             fact::Observation{7, 2, 17, 0.0, {}, 0}, fact::Observation{7, 2, 18, 64.0, {}, 0},
             fact::Observation{7, 2, 19, 5e-324, {}, 0}, fact::Observation{7, 2, 20, 1e300, {}, 0},
             fact::Observation{(1ull << 63) - 1,
                               ~AttemptId{0},
                               std::numeric_limits<std::int64_t>::max(),
                               9007199254740993.0,
                               {},
                               ~0ull}}),
      group(15, {fact::StopRequested{7, 2, study::StopBy::person, "why not"},
                 fact::AttemptEnded{
                     7,
                     2,
                     study::End::lost,
                     {.exit_code = -1, .signal = 9, .message = std::string("gone\n\0!", 7)}},
                 fact::TrialEnded{7, TrialStatus::stopped, 12, -0.0, {{"loss", 1}}},
                 fact::CheckpointPublished{7, 2, "checkpoints/7/2"}, fact::AlgorithmDone{41, 99},
                 fact::WorkerJoined{study::Worker{"node1", "inc", 2, {"gpu:0"}, true}},
                 fact::WorkerLeft{"node1", "inc", "why", true},
                 fact::Steered{study::Steering::enqueued, 3, {{"a", 1}}, "me"},
                 fact::TrialIssued{8, Configuration(parameter_names, values), {}},
                 fact::StudyEnded{study::EndOfStudy::cancelled, "message"}}),
  };
}

TEST_F(SqliteStoreTest, KeepsEveryKindOfFact) {
  const auto groups = every_kind_of_fact();
  {
    auto store = opened(directory_);
    EXPECT_THAT(replayed(*store), IsEmpty());
    ASSERT_TRUE(store->commit(groups));
    EXPECT_EQ(replayed(*store), texts(groups));
  }
  auto store = opened(directory_);
  EXPECT_EQ(replayed(*store), texts(groups));
  EXPECT_FALSE(store->salvaged());
}

TEST_F(SqliteStoreTest, GoesOnWhereItWas) {
  for (Seq from = 1; from < 400; from += 40) {
    auto store = opened(directory_, from % 80 == 1 ? Durability::process : Durability::power);
    ASSERT_EQ(replayed(*store), texts(singles(1, from - 1)));
    for (Seq seq = from; seq < from + 40; ++seq) ASSERT_TRUE(store->commit(singles(seq, seq)));
    ASSERT_TRUE(store->sync());
    ASSERT_TRUE(store->sync());
  }
}

TEST_F(SqliteStoreTest, TakesBatchesOfEverySize) {
  std::vector<Group> all;
  auto store = opened(directory_);
  Seq seq = 1;
  for (std::size_t size = 0; size < 40; ++size) {
    std::vector<Fact> facts;
    for (std::size_t i = 0; i < size; ++i) facts.emplace_back(observation(seq + i));
    std::vector<Group> batch{nullptr, group(seq, facts),
                             group(seq + size, {observation(seq + size)})};
    ASSERT_TRUE(store->commit(batch));
    seq += size + 1;
    all.insert(all.end(), batch.begin() + 1, batch.end());
  }
  ASSERT_TRUE(store->commit({}));
  EXPECT_EQ(replayed(*store), texts(all));
}

// What a user of SQLite sees.

TEST_F(SqliteStoreTest, IsATableThatAPersonCanRead) {
  {
    auto store = opened(directory_);
    ASSERT_TRUE(store->commit(std::vector{group(1, {fact::StudyCreated{.uuid = "u", .format = 1}}),
                                          group(2, {fact::Observation{7, 2, 3, nan, {}, 0},
                                                    fact::Observation{7, 2, 4, -inf, {}, 0}})}));
  }
  EXPECT_THAT(query(db_, "SELECT sql FROM sqlite_master"),
              testing::ElementsAre("CREATE TABLE fact(seq INTEGER PRIMARY KEY, at INTEGER, kind "
                                   "INTEGER, trial INTEGER, attempt INTEGER, "
                                   "iteration INTEGER, objective REAL, body BLOB, mark INTEGER)"));
  EXPECT_THAT(query(db_, "PRAGMA application_id"), testing::ElementsAre("1397248592"));  // SHRP
  EXPECT_THAT(query(db_, "PRAGMA user_version"), testing::ElementsAre("1"));
  EXPECT_THAT(query(db_, "PRAGMA page_size"), testing::ElementsAre("4096"));
  EXPECT_THAT(
      query(db_,
            "SELECT seq, at, kind, trial, attempt, iteration, objective, mark >> 32 FROM fact"),
      testing::ElementsAre("1,1700000000000001,0,NULL,NULL,NULL,NULL,1",
                           "2,1700000000000002,4,7,2,3,NULL,0",
                           "3,1700000000000003,4,7,2,4,-Inf,1"));
}

TEST_F(SqliteStoreTest, MayBeIndexedAndVacuumedByAPerson) {
  {
    auto store = opened(directory_);
    ASSERT_TRUE(store->commit(singles(1, 500)));
  }
  query(db_,
        "CREATE INDEX by_trial ON fact(trial); CREATE TABLE mine(x); INSERT INTO mine VALUES(1); "
        "DROP TABLE mine; VACUUM");
  query(db_, "CREATE TABLE notes(text); DROP TABLE notes; ANALYZE");
  auto store = opened(directory_);
  EXPECT_EQ(replayed(*store), texts(singles(1, 500)));
  EXPECT_FALSE(store->salvaged());
  ASSERT_TRUE(store->commit(singles(501, 600)));
  EXPECT_EQ(replayed(*store), texts(singles(1, 600)));
}

TEST_F(SqliteStoreTest, LeavesOneFileAndNeverSharedMemory) {
  auto store = opened(directory_);
  ASSERT_TRUE(store->commit(singles(1, 20)));
  EXPECT_THAT(names(directory_), UnorderedElementsAre("study.db", "study.db-wal"));
  store.reset();
  EXPECT_THAT(names(directory_), UnorderedElementsAre("study.db"));
  store = opened(directory_);
  EXPECT_EQ(replayed(*store).size(), 20u);
  EXPECT_THAT(names(directory_), Not(testing::Contains("study.db-shm")));
}

TEST_F(SqliteStoreTest, KeepsItsLogBounded) {
  auto store = opened(directory_);
  std::uintmax_t largest = 0;
  for (Seq seq = 1; seq <= 12'000; ++seq) {
    ASSERT_TRUE(store->commit(singles(seq, seq)));
    if (seq % 100 == 0) largest = std::max(largest, fs::file_size(directory_ / "study.db-wal"));
  }
  EXPECT_LT(largest, 20u << 20);
  EXPECT_GT(fs::file_size(db_), 100'000u);  // what left the log is here
  EXPECT_EQ(replayed(*store), texts(singles(1, 12'000)));
}

TEST_F(SqliteStoreTest, IsNotOpenedTwice) {
  auto store = opened(directory_);
  ASSERT_TRUE(store->commit(singles(1, 1)));
  auto error = Error{Errc::store, in_child([&] { return refused(directory_).message; })};
  EXPECT_THAT(error.message, HasSubstr(db_.string()));
  EXPECT_THAT(error.message, HasSubstr("another program has it open"));
}

// All or nothing.

TEST_F(SqliteStoreTest, StoresABatchWholeOrNotAtAll) {
  std::map<std::string, std::string> before;
  {
    auto store = opened(directory_);
    ASSERT_TRUE(store->commit(singles(1, 3)));
    ASSERT_TRUE(store->sync());
    std::vector<Group> batch = singles(4, 100);
    batch.push_back(group(102, {observation(102)}));  // 101 is missing
    auto failed = store->commit(batch);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, Errc::internal);
    EXPECT_THAT(failed.error().message, HasSubstr("101"));
    before = contents(directory_);
    for (auto again : {store->commit(singles(4, 4)), store->commit({}), store->sync(),
                       store->replay([](Entry&&) { return Result<void>(); })}) {
      ASSERT_FALSE(again);
      EXPECT_EQ(again.error().message, failed.error().message);
    }
  }
  EXPECT_EQ(contents(directory_), before);  // not even closing wrote
  EXPECT_EQ(stored(directory_), texts(singles(1, 3)));
}

TEST_F(SqliteStoreTest, StopsTellingWhereTheListenerFails) {
  auto store = opened(directory_);
  ASSERT_TRUE(store->commit(singles(1, 10)));
  int passed = 0;
  auto done = store->replay([&](Entry&&) -> Result<void> {
    if (++passed == 4) return Error{Errc::damaged, "cannot follow"};
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "cannot follow");
  EXPECT_EQ(passed, 4);
  EXPECT_EQ(replayed(*store).size(), 10u);
}

TEST_F(SqliteStoreTest, PutsFactOneIntoTheDatabaseAtOnce) {
  auto store = opened(directory_);
  ASSERT_TRUE(store->commit(singles(1, 1)));
  auto elsewhere = root_ / "without-log";
  fs::create_directory(elsewhere);
  fs::copy_file(db_, elsewhere / "study.db");
  EXPECT_EQ(stored(elsewhere), texts(singles(1, 1)));
}

// Refusals.

TEST_F(SqliteStoreTest, RefusesANewerFormat) {
  {
    auto store = opened(directory_);
    ASSERT_TRUE(
        store->commit(std::vector{group(1, {fact::StudyCreated{.uuid = "u", .format = 7}})}));
  }
  auto error = refused(directory_);  // however old its header says it is
  EXPECT_EQ(error.code, Errc::version);
  EXPECT_THAT(error.message, HasSubstr("format 7, this Sherpa reads up to 1; use a newer Sherpa"));
  query(db_, "PRAGMA user_version=7");
  auto before = contents(directory_);
  for (auto mode : {Mode::create_or_open, Mode::read_only}) {
    error = refused(directory_, mode);
    EXPECT_EQ(error.code, Errc::version);
    EXPECT_THAT(error.message,
                HasSubstr("format 7, this Sherpa reads up to 1; use a newer Sherpa"));
  }
  query(db_, "UPDATE fact SET mark = 1");  // of which this Sherpa understands nothing
  error = refused(directory_);
  EXPECT_EQ(error.code, Errc::version);
  EXPECT_THAT(error.message, HasSubstr("format 7, this Sherpa reads up to 1; use a newer Sherpa"));
  EXPECT_THAT(names(directory_), UnorderedElementsAre("study.db"));
}

TEST_F(SqliteStoreTest, RefusesSomebodyElsesDatabase) {
  fs::create_directory(directory_);
  for (std::string journal : {"DELETE", "WAL"}) {
    query(db_, "PRAGMA journal_mode=" + journal +
                   "; CREATE TABLE IF NOT EXISTS fact(seq INTEGER PRIMARY KEY, at INTEGER, kind "
                   "INTEGER, trial INTEGER, attempt "
                   "INTEGER, "
                   "iteration INTEGER, objective REAL, body BLOB, mark INTEGER); INSERT INTO "
                   "fact(at, mark) VALUES(1, 2)");
    auto before = contents(directory_);
    for (auto mode : {Mode::create_or_open, Mode::read_only}) {
      auto error = refused(directory_, mode);
      EXPECT_EQ(error.code, Errc::version);
      EXPECT_THAT(error.message, HasSubstr(db_.string() + " is not a Sherpa store"));
      EXPECT_EQ(contents(directory_), before);
    }
  }
}

TEST_F(SqliteStoreTest, RefusesWhatIsNoDatabase) {
  fs::create_directory(directory_);
  for (std::string bytes : {std::string("a text\n"), std::string(10'000, '\xff'),
                            std::string(1, '\0'), std::string("SQLite format 3\0", 16)}) {
    std::ofstream(db_, std::ios::binary) << bytes;
    auto before = contents(directory_);
    for (auto mode : {Mode::create_or_open, Mode::read_only}) {
      auto error = refused(directory_, mode);
      EXPECT_TRUE(error.code == Errc::damaged || error.code == Errc::version);
      EXPECT_THAT(error.message, HasSubstr(db_.string()));
      EXPECT_EQ(contents(directory_), before);
    }
  }
  fs::remove(db_);
  fs::create_directory(db_);
  EXPECT_EQ(refused(directory_).code, Errc::store);
}

TEST_F(SqliteStoreTest, RefusesAKindOfFactThatItDoesNotKnow) {
  study::StoredFact fact;
  study::encode(Entry{3, 5, fact::StudyEnded{}}, true, fact);
  fact.kind = 200;
  fact.mark = study::end_of_group;
  fact.mark |= study::checksum_of(fact);
  {
    auto store = opened(directory_);
    ASSERT_TRUE(store->commit(singles(1, 2)));
  }
  query(db_, "INSERT INTO fact(seq, at, kind, mark) VALUES(3, 5, 200, " +
                 std::to_string(fact.mark) + ")");
  auto store = opened(directory_);
  auto done = store->replay([](Entry&&) { return Result<void>(); });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::version);
  EXPECT_THAT(done.error().message, HasSubstr("fact 3 is of kind 200"));
  EXPECT_THAT(done.error().message, HasSubstr(db_.string()));
  EXPECT_FALSE(store->salvaged());
}

TEST_F(SqliteStoreTest, SaysWhereItCannotWrite) {
  std::ofstream(root_ / "file") << "x";
  auto error = refused(root_ / "file" / "study");
  EXPECT_EQ(error.code, Errc::store);
  EXPECT_THAT(error.message, HasSubstr((root_ / "file" / "study").string()));
  EXPECT_THAT(error.message, HasSubstr("Not a directory"));
  EXPECT_EQ(error.message.find('\n'), std::string::npos);
}

// Reading, copying.

TEST_F(SqliteStoreTest, ReadsWithoutChangingAnything) {
  auto store = opened(directory_);
  ASSERT_TRUE(store->commit(singles(1, 30)));
  ASSERT_TRUE(store->commit(singles(31, 40)));
  auto crashed =
      root_ /
      "crashed # 100% ?";  // as a killed process leaves it: a part of the facts is only in the log
  fs::copy(directory_, crashed);
  store.reset();
  for (const auto& directory : {directory_, crashed}) {
    auto before = contents(directory);
    fs::permissions(directory, fs::perms::owner_read | fs::perms::owner_exec);
    store = opened(directory, Durability::process, Mode::read_only);
    EXPECT_EQ(replayed(*store), texts(singles(1, 40)));
    EXPECT_FALSE(store->salvaged());
    EXPECT_EQ(store->commit(singles(41, 41)).error().code, Errc::wrong_state);
    store.reset();
    fs::permissions(directory, fs::perms::owner_all);
    EXPECT_EQ(contents(directory), before);
    EXPECT_EQ(stored(directory), texts(singles(1, 40)));
  }
  auto error = refused(root_ / "nowhere", Mode::read_only);
  EXPECT_EQ(error.code, Errc::store);
  EXPECT_THAT(error.message, HasSubstr("there is no study in " + (root_ / "nowhere").string()));
  EXPECT_FALSE(fs::exists(root_ / "nowhere"));
}

TEST_F(SqliteStoreTest, CopiesItself) {
  auto store = opened(directory_);
  ASSERT_TRUE(store->commit(singles(1, 300)));
  auto there = root_ / "a" / "copy";
  ASSERT_TRUE(store->copy_to(there));
  EXPECT_THAT(names(there), UnorderedElementsAre("study.db"));
  auto again = store->copy_to(there);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, HasSubstr((there / "study.db").string() + " exists already"));
  ASSERT_TRUE(store->commit(singles(301, 310)));
  auto copy = opened(there);
  EXPECT_EQ(replayed(*copy), texts(singles(1, 300)));
  ASSERT_TRUE(copy->commit(singles(301, 305)));
  EXPECT_EQ(replayed(*store), texts(singles(1, 310)));
  EXPECT_FALSE(store->copy_to(db_ / "under a file"));
}

TEST_F(SqliteStoreTest, AnEmptyFileIsALostStore) {
  fs::create_directory(directory_);
  std::ofstream{db_};
  const auto error = refused(directory_);
  EXPECT_EQ(error.code, Errc::damaged);
  EXPECT_THAT(error.message, HasSubstr("is empty: the study that was in it is lost"));
  EXPECT_EQ(fs::file_size(db_), 0u) << "nothing was changed";
}

TEST_F(SqliteStoreTest, ReplacesWhatAnInterruptedStartLeft) {
  fs::create_directory(directory_);
  std::ofstream(directory_ / "study.db.new") << "half of";
  EXPECT_THAT(stored(directory_), IsEmpty());
  EXPECT_THAT(names(directory_), UnorderedElementsAre("study.db"));
}

// Trouble outside.

/// Commits until that fails; what was stored before, and the failure's message.
std::string store_until_it_fails(const fs::path& directory) {
  auto store = SqliteStore::open(directory, Durability::process);
  if (!store) return "0 " + store.error().message;
  Seq seq = 1;
  for (; seq < 100'000; seq += 10) {
    auto done = (*store)->commit(singles(seq, seq + 9));
    if (done) continue;
    auto again = (*store)->commit(singles(seq, seq + 9));
    if (again || again.error().message != done.error().message || (*store)->sync())
      return "it continued";
    if (done.error().code != Errc::store) return "another error";
    return std::to_string(seq - 1) + " " + done.error().message;
  }
  return "it never failed";
}

TEST_F(SqliteStoreTest, SurvivesAFileThatMayNotGrow) {
  auto answer = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit {
      200'000, 200'000
    };
    ::setrlimit(RLIMIT_FSIZE, &limit);
    return store_until_it_fails(directory_);
  });
  auto count = std::stoull(answer);
  EXPECT_GT(count, 0u) << answer;
  EXPECT_THAT(answer, HasSubstr(db_.string()));
  EXPECT_THAT(answer, HasSubstr("ulimit -f"));
  EXPECT_THAT(answer, HasSubstr("the study resumes"));
  auto store = opened(directory_);
  EXPECT_EQ(replayed(*store), texts(singles(1, count)));
  EXPECT_FALSE(store->salvaged());
  EXPECT_TRUE(store->commit(singles(count + 1, count + 100)));
}

TEST_F(SqliteStoreTest, SurvivesAFullDisk) {
  fs::create_directory(directory_);
  auto answer = in_child([&]() -> std::string {
    auto options = [](const char* size) { return std::string("size=") + size; };
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", directory_.c_str(), "tmpfs", 0, options("256k").c_str()) != 0)
      return "not allowed";  // to this user; the limit on the size of files shows the same
    auto full = store_until_it_fails(directory_);
    auto count = std::stoull(full);
    if (count == 0 ||
        full.find("free some space and run it again; the study resumes") == std::string::npos)
      return full;
    {
      auto still_full = SqliteStore::open(
          directory_, Durability::process);  // may succeed or not, and harms nothing
    }
    if (::mount("tmpfs", directory_.c_str(), "tmpfs", MS_REMOUNT, options("16m").c_str()) != 0)
      return "no remount";
    auto store = SqliteStore::open(directory_, Durability::process);
    if (!store) return store.error().message;
    if (replayed(**store) != texts(singles(1, count)) || (*store)->salvaged())
      return "not all is there";
    if (auto done = (*store)->commit(singles(count + 1, count + 100)); !done)
      return done.error().message;
    return "resumed";
  });
  EXPECT_THAT(answer, testing::AnyOf("resumed", "not allowed"));
}

TEST_F(SqliteStoreTest, LosesNothingToAKill) {
  // Which facts there are and how they are grouped follows from their numbers.
  auto next_group = [](Seq from) {
    std::vector<Fact> facts;
    for (Seq i = 0; i < 1 + from % 7; ++i) facts.emplace_back(observation(from + i));
    return group(from, std::move(facts));
  };
  Seq there = 0;
  for (Seq target : {1, 50, 300, 9'000, 12'000, 25'000}) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    auto pid = ::fork();
    if (pid == 0) {
      auto store = opened(directory_);
      for (Seq seq = there + 1;;) {
        std::vector<Group> batch;
        for (Seq n = seq % 3;; --n) {
          batch.push_back(next_group(seq));
          seq += batch.back()->size();
          if (n == 0) break;
        }
        auto last = seq - 1;
        if (!store->commit(batch) || ::write(pipe[1], &last, sizeof last) != sizeof last)
          ::_exit(1);
      }
    }
    ::close(pipe[1]);
    Seq reported = 0;
    for (Seq last; ::read(pipe[0], &last, sizeof last) == sizeof last;) {
      reported = last;
      if (reported >= there + target) ::kill(pid, SIGKILL);
    }
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(pid, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));

    auto store = opened(directory_);
    auto found = replayed(*store);
    EXPECT_FALSE(store->salvaged());
    ASSERT_GE(found.size(), reported);
    std::vector<Group> expected;
    Seq seq = 1;
    while (seq <= found.size()) {
      expected.push_back(next_group(seq));
      seq += expected.back()->size();
    }
    ASSERT_EQ(found, texts(expected));  // whole groups
    there = found.size();
  }
}

/// From here on the kernel refuses this command of fcntl, as a file system without such locks does.
void refuse_locks(unsigned command, int error) {
  std::array<sock_filter, 7> filter{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_fcntl, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[1])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, command, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  sock_fprog program{filter.size(), filter.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    ::_exit(3);
}

TEST_F(SqliteStoreTest, NeedsNoLocksOfTheFileSystem) {
  EXPECT_EQ(in_child([&]() -> std::string {
              refuse_locks(F_SETLK, ENOSYS);
              auto store = SqliteStore::open(directory_, Durability::process);
              if (!store) return store.error().message;
              if (auto done = (*store)->commit(singles(1, 100)); !done) return done.error().message;
              return replayed(**store) == texts(singles(1, 100)) ? "stored" : "lost";
            }),
            "stored");
  EXPECT_EQ(stored(directory_), texts(singles(1, 100)));
}

}  // namespace
}  // namespace sherpa::runtime
