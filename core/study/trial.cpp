#include "core/study/trial_backend.hpp"

#include <string>
#include <utility>

namespace sherpa {

Trial::Trial(std::unique_ptr<Backend> backend) : backend_(std::move(backend)) {}
Trial::Trial(Trial&&) noexcept = default;
Trial& Trial::operator=(Trial&&) noexcept = default;
Trial::~Trial() = default;

Trial::Backend& Trial::backend() const {
  if (!backend_)
    throw Exception({Errc::wrong_state, "this trial was moved from; use the one it was moved to"});
  return *backend_;
}

TrialId Trial::id() const { return backend().id(); }
AttemptId Trial::attempt() const { return backend().attempt(); }
const Configuration& Trial::parameters() const { return backend().parameters(); }
void Trial::report(const Observation& observation) { backend().report(observation); }
bool Trial::should_stop() { return backend().should_stop(); }
std::filesystem::path Trial::save_dir() { return backend().save_dir(); }
std::optional<std::filesystem::path> Trial::load_dir() const { return backend().load_dir(); }
void Trial::publish() { backend().publish(); }

namespace study {

namespace {

[[noreturn]] void refuse(TrialId id) {
  throw Exception({Errc::wrong_state,
                   "trial " + std::to_string(id) + " is only shown here; it can be read, not run"});
}

}  // namespace

void TrialRecord::report(const Observation&) { refuse(id_); }
std::filesystem::path TrialRecord::save_dir() { refuse(id_); }
void TrialRecord::publish() { refuse(id_); }

}  // namespace study
}  // namespace sherpa
