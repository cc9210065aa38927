#include "algorithms/algorithms.hpp"

#include <string>
#include <utility>

namespace sherpa::algorithms {

namespace {

class IterateAlgorithm final : public study::InnerAlgorithm {
 public:
  explicit IterateAlgorithm(std::vector<Configuration> configurations)
      : configurations_(std::move(configurations)) {}

  study::Proposal suggest(const study::Asked& asked) override {
    if (asked.index > configurations_.size()) return Done{};
    return study::Chosen{configurations_[asked.index - 1], {}};
  }

 private:
  std::vector<Configuration> configurations_;
};

}  // namespace

Result<AlgorithmPtr> make(const Iterate& options, const Problem& problem) {
  std::vector<Configuration> fitted;
  for (const auto& configuration : options.configurations) {
    auto one = problem.space.fit(configuration, space::SearchSpace::Extras::refuse);
    if (!one)
      return Error{Errc::invalid_argument, "Iterate: configuration " +
                                               std::to_string(fitted.size() + 1) + ": " +
                                               one.error().message};
    fitted.push_back(*std::move(one));
  }
  return AlgorithmPtr(std::make_unique<IterateAlgorithm>(std::move(fitted)));
}

}  // namespace sherpa::algorithms
