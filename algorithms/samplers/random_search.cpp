#include "algorithms/algorithms.hpp"

namespace sherpa::algorithms {

namespace {

class RandomSearchAlgorithm final : public study::InnerAlgorithm {
 public:
  explicit RandomSearchAlgorithm(RandomSearch options) : options_(options) {}

  study::Proposal suggest(const study::Asked& asked) override {
    auto configuration = (asked.index - 1) / options_.repeat;  // which one, from 0
    if (options_.max_num_trials && configuration >= *options_.max_num_trials) return Done{};
    // Every repetition draws from the stream of the first: nothing need be remembered.
    auto repetition = (asked.index - 1) % options_.repeat;
    Random random = asked.random(repetition);
    return study::Chosen{asked.space.sample(random), {}};
  }

 private:
  RandomSearch options_;
};

}  // namespace

Result<AlgorithmPtr> make(const RandomSearch& options, const Problem&) {
  return AlgorithmPtr(std::make_unique<RandomSearchAlgorithm>(options));
}

}  // namespace sherpa::algorithms
