#include <sherpa/study.hpp>

#include "core/space/access.hpp"
#include "core/study/trial_backend.hpp"
#include "runtime/coordinator/study_loop.hpp"
#include "schedulers/checkpoints.hpp"

#include <typeinfo>
#include <utility>

namespace sherpa {

namespace fs = std::filesystem;

/// A trial that the loop's caller runs.
class Study::HeldTrial final : public Trial::Backend {
 public:
  HeldTrial(std::weak_ptr<runtime::StudyLoop> study, study::effect::Start start)
      : study_(std::move(study)), start_(std::move(start)) {}
  ~HeldTrial() override {
    auto study = study_.lock();
    if (study && !ended_) study->forget(start_.trial);
  }

  TrialId id() const override { return start_.trial; }
  AttemptId attempt() const override { return start_.attempt; }
  const Configuration& parameters() const override { return start_.configuration; }
  void report(const Observation& observation) override {
    study()->observe(id(), attempt(), observation);
  }
  bool should_stop() override { return study()->should_stop(id(), attempt()); }
  fs::path save_dir() override {
    saves_ = true;
    return schedulers::make_checkpoint_directory(study()->output_dir(), id(), attempt()).or_throw();
  }
  std::optional<fs::path> load_dir() const override {
    if (!start_.load) return std::nullopt;
    return study()->output_dir() / *start_.load;
  }
  void publish() override { study()->publish(id(), attempt()); }
  /// Publishes what it saved, when it completed.
  void publish_saved() {
    if (saves_ && !fs::is_empty(save_dir())) publish();
  }

  bool belongs_to(const runtime::StudyLoop* study) const { return study_.lock().get() == study; }
  void has_ended() { ended_ = true; }

 private:
  std::shared_ptr<runtime::StudyLoop> study() const {
    auto study = study_.lock();
    if (!study)
      throw Exception(
          {Errc::wrong_state, "the study of trial " + std::to_string(id()) + " is closed"});
    return study;
  }

  std::weak_ptr<runtime::StudyLoop> study_;
  study::effect::Start start_;
  bool saves_ = false;
  bool ended_ = false;
};

Study::Study(const StudySetup& setup) : loop_(std::make_shared<runtime::StudyLoop>(setup)) {}
Study::Study(Study&&) noexcept = default;
Study& Study::operator=(Study&& other) noexcept {
  if (this != &other) {
    if (loop_) loop_->close();
    loop_ = std::move(other.loop_);
  }
  return *this;
}
Study::~Study() {
  if (loop_) loop_->close();
}

NextTrial Study::get_suggestion() {
  auto next = loop_->take();
  if (auto* start = std::get_if<study::effect::Start>(&next))
    return internal::Access::trial(std::make_unique<HeldTrial>(loop_, std::move(*start)));
  if (std::holds_alternative<Wait>(next)) return Wait{};
  return Done{};
}

std::unique_ptr<Trial> Study::next_trial() {
  auto start = loop_->take_or_wait();
  if (!start) return nullptr;
  return std::make_unique<Trial>(
      internal::Access::trial(std::make_unique<HeldTrial>(loop_, *std::move(start))));
}

Study::Iterator& Study::Iterator::operator++() {
  trial_.reset();  // the last one is over before the next is asked for
  trial_ = study_->next_trial();
  return *this;
}

Study::HeldTrial& Study::own(const Trial& trial) const {
  auto& backend = internal::Access::backend(trial);
  if (typeid(backend) == typeid(HeldTrial))
    if (auto& held = static_cast<HeldTrial&>(backend); held.belongs_to(loop_.get())) return held;
  throw Exception(
      {Errc::wrong_state, "trial " + std::to_string(trial.id()) + " belongs to another study"});
}

void Study::add_observation(const Trial& trial, const Observation& observation) {
  own(trial).report(observation);
}
bool Study::should_trial_stop(const Trial& trial) { return own(trial).should_stop(); }

void Study::finalize(Trial& trial, TrialStatus status) {
  auto& held = own(trial);
  if (status == TrialStatus::completed || status == TrialStatus::stopped) held.publish_saved();
  loop_->finalize(held.id(), held.attempt(), status);
  held.has_ended();
}

void Study::add_trial(const Configuration& configuration) { loop_->enqueue(configuration); }
std::optional<BestResult> Study::get_best_result() const { return loop_->best(); }
Results Study::results() const { return loop_->results(); }
void Study::save() { loop_->save(); }
void Study::save(const fs::path& directory) { loop_->save(directory); }
const std::vector<Parameter>& Study::parameters() const { return loop_->parameters(); }
bool Study::lower_is_better() const { return loop_->lower_is_better(); }
std::uint64_t Study::random_seed() const { return loop_->seed(); }
std::string Study::name() const { return loop_->name(); }

}  // namespace sherpa
