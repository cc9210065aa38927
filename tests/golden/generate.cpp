// Makes the golden store of this format version: generate DIRECTORY, once per version, before its
// release. What is there already stays.
//
//   DIRECTORY/study     a study that was left in the middle, with its results as they must be read
//   DIRECTORY/facts     one fact of each kind, with their fields as they must be read

#include "runtime/store/sqlite_store.hpp"
#include "tests/golden/golden.hpp"
#include "tests/support/facts.hpp"

#include <fstream>
#include <iostream>

int main(int argc, char** argv) {
  if (argc != 2 || std::filesystem::exists(argv[1])) {
    std::cerr << "usage: generate DIRECTORY (which is not there yet)\n";
    return 2;
  }
  using namespace sherpa;
  std::filesystem::path directory = argv[1];
  {
    Study study(golden::setup(directory / "study"));
    study.add_trial({{"lr", 0.05}, {"units, hidden", 64}, {"batch", 32}, {"act", "relu"}});
    golden::go_on(study, 6);
  }
  std::filesystem::rename(directory / "study" / "results.csv",
                          directory / "study" / "expected.csv");
  std::filesystem::remove(directory / "study" / "lock");

  auto store = runtime::SqliteStore::open(directory / "facts", Durability::process);
  auto group = std::make_shared<std::vector<study::Entry>>();
  std::ofstream expected(directory / "facts" / "expected.txt");
  for (auto& fact : testing_support::one_of_each()) {
    group->push_back({group->size() + 1, 1'700'000'000'000'000, std::move(fact)});
    expected << golden::line_of(group->back()) << '\n';
  }
  study::Group made = group;
  (*store)->commit(std::span(&made, 1)).or_throw();
}
