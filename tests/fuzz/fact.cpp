// A row of the store with a right checksum and anything in it: what a program of somebody else's
// may have written, or a bug of ours.

#include "core/study/fact_codec.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/facts.hpp"

#include <cstring>

namespace {

using namespace sherpa;
using study::StoredFact;

/// Kind, which columns are there, the columns, and the body.
struct Head {
  std::uint8_t kind, there;
  std::int64_t trial, attempt, iteration;
  double objective;
};

StoredFact row(const std::uint8_t* data, std::size_t size) {
  Head head{};
  std::memcpy(&head, data, std::min(size, sizeof head));
  StoredFact row{.seq = 1, .at = 2, .kind = head.kind, .trial = {}, .attempt = {}, .iteration = {}};
  if (head.there & 1) row.trial = head.trial;
  if (head.there & 2) row.attempt = head.attempt;
  if (head.there & 4) row.iteration = head.iteration;
  if (head.there & 8) row.objective = head.objective;
  if (size > sizeof head)
    row.body.assign(reinterpret_cast<const char*>(data) + sizeof head, size - sizeof head);
  row.mark = study::end_of_group;
  row.mark |= study::checksum_of(row);
  return row;
}

}  // namespace

std::vector<std::string> sherpa::fuzz::seeds() {
  std::vector<std::string> all;
  for (auto& fact : testing_support::one_of_each()) {
    StoredFact stored;
    study::encode({1, 2, fact}, true, stored);
    Head head{};
    head.kind = static_cast<std::uint8_t>(stored.kind);
    head.there = static_cast<std::uint8_t>((stored.trial ? 1 : 0) | (stored.attempt ? 2 : 0) |
                                           (stored.iteration ? 4 : 0) | (stored.objective ? 8 : 0));
    head.trial = stored.trial.value_or(0);
    head.attempt = stored.attempt.value_or(0);
    head.iteration = stored.iteration.value_or(0);
    head.objective = stored.objective.value_or(0);
    const auto& seed = all.emplace_back(
        std::string(reinterpret_cast<const char*>(&head), sizeof head) + stored.body);
    require(study::decode(row(reinterpret_cast<const std::uint8_t*>(seed.data()), seed.size()))
                .has_value(),
            "a seed is refused");
  }
  return all;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto entry = study::decode(row(data, size));
  if (!entry) return 0;
  // What is taken is a fact: written again and read again it is the same.
  StoredFact once, twice;
  study::encode(*entry, true, once);
  auto again = study::decode(once);
  fuzz::require(again.has_value(), "what was read once cannot be read again");
  study::encode(*again, true, twice);
  fuzz::require(once.body == twice.body && once.mark == twice.mark,
                "it changes when it is written again");
  return 0;
}
