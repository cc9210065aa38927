#include "algorithms/algorithms.hpp"
#include "algorithms/axis.hpp"
#include "algorithms/samplers/ranking.hpp"

#include <utility>

namespace sherpa::algorithms {

namespace {

/// Results before the first crossover; suggestions before that are random.
constexpr std::size_t first_population = 10;

class GeneticAlgorithm final : public study::InnerAlgorithm {
 public:
  GeneticAlgorithm(const Genetic& options, const Problem& problem)
      : options_(options), history_(problem.space, problem.lower_is_better, problem.path) {}

  void learn(const study::Entry& entry, const study::View&) override {
    history_.learn(entry);
    ranking_.update(history_);
  }

  study::Proposal suggest(const study::Asked& asked) override {
    if (options_.max_num_trials && asked.index > *options_.max_num_trials) return Done{};
    Random random = asked.random();
    constexpr int attempts = 100;
    for (int i = 0; ranking_.size() >= first_population && i < attempts; ++i) {
      auto child = cross(asked, random);
      if (!history_.tried(asked.space.to_unit(child), asked.prepared))
        return study::Chosen{std::move(child), {}};
    }
    auto point = draw_untried(history_, asked.prepared, random);
    if (!point) return Done{};
    return study::Chosen{asked.space.from_unit(*point), {}};
  }

  study::Reads reads() const override { return {.enqueued = true, .ends = true}; }

 private:
  Configuration cross(const study::Asked& asked, Random& random) const {
    const std::size_t third = ranking_.size() / 3;
    auto one = random.below(third), other = random.below(third - 1);
    if (other >= one) ++other;
    auto parent = [&](std::size_t rank) -> const Configuration& {
      return asked.view.ledger->configuration(history_.ended()[ranking_[rank]].trial);
    };
    std::vector<Value> values;
    for (const auto& parameter : asked.space.parameters()) {
      const Configuration& from = parent(random.chance(0.5) ? one : other);
      values.push_back(random.chance(options_.mutation_rate) ? parameter.sample(random)
                                                             : from.at(parameter.name()));
    }
    return asked.space.assemble(std::move(values));
  }

  Genetic options_;
  History history_;
  Ranking ranking_;
};

}  // namespace

Result<AlgorithmPtr> make(const Genetic& options, const Problem& problem) {
  return AlgorithmPtr(std::make_unique<GeneticAlgorithm>(options, problem));
}

}  // namespace sherpa::algorithms
