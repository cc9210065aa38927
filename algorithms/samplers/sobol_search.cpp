#include "algorithms/algorithms.hpp"
#include "algorithms/numerics/sobol.hpp"

#include <optional>

namespace sherpa::algorithms {

namespace {

class SobolSearchAlgorithm final : public study::InnerAlgorithm {
 public:
  explicit SobolSearchAlgorithm(const SobolSearch& options) : options_(options) {}

  study::Proposal suggest(const study::Asked& asked) override {
    if (options_.max_num_trials && asked.index > *options_.max_num_trials) return Done{};
    if (!sobol_) sobol_.emplace(asked.space.size(), asked.seed);
    std::vector<double> point(asked.space.size());
    sobol_->point(asked.index - 1, point);
    return study::Chosen{asked.space.from_unit(point), {}};
  }

 private:
  SobolSearch options_;
  std::optional<Sobol> sobol_;  // by the seed alone
};

}  // namespace

Result<AlgorithmPtr> make(const SobolSearch& options, const Problem&) {
  return AlgorithmPtr(std::make_unique<SobolSearchAlgorithm>(options));
}

}  // namespace sherpa::algorithms
