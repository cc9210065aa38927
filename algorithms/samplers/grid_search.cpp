#include "algorithms/algorithms.hpp"

#include <utility>

namespace sherpa::algorithms {

namespace {

class GridSearchAlgorithm final : public study::InnerAlgorithm {
 public:
  explicit GridSearchAlgorithm(GridSearch options) : options_(options) {}

  study::Proposal suggest(const study::Asked& asked) override {
    if (axes_.empty())
      for (const auto& parameter : asked.space.parameters())
        axes_.push_back(space::grid_points(parameter, options_));
    // The index in mixed radix, the last parameter being the lowest digit.
    std::uint64_t rest = asked.index - 1;
    std::vector<Value> values(axes_.size());
    for (std::size_t i = axes_.size(); i-- > 0;) {
      values[i] = axes_[i][rest % axes_[i].size()];
      rest /= axes_[i].size();
    }
    if (rest > 0) return Done{};
    return study::Chosen{asked.space.assemble(std::move(values)), {}};
  }

 private:
  GridSearch options_;
  std::vector<std::vector<Value>> axes_;
};

}  // namespace

Result<AlgorithmPtr> make(const GridSearch& options, const Problem&) {
  return AlgorithmPtr(std::make_unique<GridSearchAlgorithm>(options));
}

}  // namespace sherpa::algorithms
