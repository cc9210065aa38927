#include "algorithms/algorithms.hpp"
#include "algorithms/axis.hpp"
#include "algorithms/numerics/sobol.hpp"
#include "algorithms/samplers/parzen.hpp"
#include "algorithms/samplers/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace sherpa::algorithms {

namespace {

/// The density of the bad trials uses at most this many, spread evenly over their ranks and
/// weighted accordingly: an estimate of the same density at a bounded cost.
constexpr std::size_t most_bad = 1000;

class TPEAlgorithm final : public study::InnerAlgorithm {
 public:
  TPEAlgorithm(TPE options, const Problem& problem)
      : options_(options),
        history_(problem.space, problem.lower_is_better, problem.path),
        axes_(axes_of(problem.space)) {}

  void learn(const study::Entry& entry, const study::View&) override {
    history_.learn(entry);
    ranking_.update(history_);
  }

  study::Proposal suggest(const study::Asked& asked) override {
    if (options_.max_num_trials && asked.index > *options_.max_num_trials) return Done{};
    Random random = asked.random();
    auto point = asked.index <= options_.num_startup_trials || ranking_.size() < 2
                     ? startup_point(asked)
                     : best_candidate(asked, random);
    if (point && history_.tried(*point, asked.prepared)) point.reset();
    if (!point) point = draw_untried(history_, asked.prepared, random);
    if (!point) return Done{};
    return study::Chosen{asked.space.from_unit(*point), {}};
  }

  study::Reads reads() const override { return {.enqueued = true, .ends = true}; }

 private:
  std::optional<Point> startup_point(const study::Asked& asked) {
    if (!sobol_) sobol_.emplace(axes_.size(), asked.seed);
    Point point(axes_.size());
    sobol_->point(asked.index - 1, point);
    return history_.snap(point);
  }

  /// Of candidates drawn from the density l of the good trials, the one with the largest l/g, g
  /// being that of the bad: it has the largest expected improvement (Bergstra et al. 2011, equation
  /// 3). None when all candidates were tried.
  std::optional<Point> best_candidate(const study::Asked& asked, Random& random) {
    auto pending = history_.pending(asked.prepared);
    Parzen good = density_of_good(), bad = density_of_bad(pending);
    std::optional<Point> best;
    double most = -INFINITY;
    std::uint64_t candidates = 0;
    for (std::uint64_t draws = 0;
         candidates < options_.num_candidates && draws < 10 * options_.num_candidates; ++draws) {
      Point point = good.sample(random);
      if (history_.configurations() > 0 && history_.tried(point, asked.prepared)) continue;
      ++candidates;
      double score = good.log_density(point) - bad.log_density(point);
      if (score > most) {
        most = score;
        best = std::move(point);
      }
    }
    return best;
  }

  std::size_t num_good() const {
    constexpr double most_good = 25;
    auto n = std::min(std::ceil(options_.gamma * static_cast<double>(ranking_.size())), most_good);
    return std::clamp<std::size_t>(static_cast<std::size_t>(n), 1, ranking_.size() - 1);
  }

  Parzen::Kernel kernel(std::size_t points) const {
    // Scott's rule n^(−1/(d+4)) squared: narrower, since exploitation matters more than the error
    // of the density.
    double rate = -2.0 / (static_cast<double>(axes_.size()) + 4);
    double width = 0.08 * std::pow(static_cast<double>(points), rate);
    return {.bandwidth = std::max(width, 0.02),
            .prior = options_.prior_weight,
            .share = 0.5 * options_.prior_weight / static_cast<double>(points + 1)};
  }

  /// Points weighted by their improvement over the best of the bad (Watanabe 2023, section 3.3).
  Parzen density_of_good() const {
    const auto& ended = history_.ended();
    const std::size_t n = num_good();
    // Halved: the difference of huge objectives must not overflow.
    auto half = [&](std::size_t rank) { return 0.5 * ended[ranking_[rank]].objective; };
    const double bar = half(n), most = bar - half(0);
    std::vector<const Point*> points;
    std::vector<double> weights;
    for (std::size_t i = 0; i < n; ++i) {
      points.push_back(&ended[ranking_[i]].point);
      weights.push_back(most > 0 ? std::max((bar - half(i)) / most, 1e-9) : 1);
    }
    return {axes_, std::move(points), std::move(weights), kernel(n)};
  }

  /// All other trials, those without an objective included. Pending trials count as bad (constant
  /// liar), so that parallel suggestions keep away from each other.
  Parzen density_of_bad(const std::vector<Point>& pending) const {
    const auto& ended = history_.ended();
    const std::size_t first = num_good(), ranked = ranking_.size() - first,
                      kept = std::min(ranked, most_bad);
    std::vector<const Point*> points;
    std::vector<double> weights;
    auto add = [&](const Point& point, double weight) {
      points.push_back(&point);
      weights.push_back(weight);
    };
    for (std::size_t i = 0; i < kept; ++i)
      add(ended[ranking_[first + (2 * i + 1) * ranked / (2 * kept)]].point,
          static_cast<double>(ranked) / static_cast<double>(kept));
    const std::size_t failed = ranking_.unranked().size(), shown = std::min(failed, most_bad);
    for (std::size_t i = 0; i < shown; ++i)
      add(ended[ranking_.unranked()[(2 * i + 1) * failed / (2 * shown)]].point,
          static_cast<double>(failed) / static_cast<double>(shown));
    for (const auto& point : pending) add(point, 1);
    auto n = ranked + failed + pending.size();
    return {axes_, std::move(points), std::move(weights), kernel(n)};
  }

  TPE options_;
  History history_;
  std::vector<Axis> axes_;
  Ranking ranking_;
  std::optional<Sobol> sobol_;
};

}  // namespace

Result<AlgorithmPtr> make(const TPE& options, const Problem& problem) {
  return AlgorithmPtr(std::make_unique<TPEAlgorithm>(options, problem));
}

}  // namespace sherpa::algorithms
