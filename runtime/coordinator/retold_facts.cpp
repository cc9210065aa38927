#include "runtime/coordinator/retold_facts.hpp"

#include <memory>
#include <utility>
#include <variant>

namespace sherpa::runtime {

std::vector<study::Group> retold_facts(const study::Engine& engine, std::int64_t at) {
  namespace fact = study::fact;
  auto facts = std::make_shared<std::vector<study::Entry>>();
  auto add = [&](study::Fact fact) { facts->push_back({facts->size() + 1, at, std::move(fact)}); };
  add(engine.study());
  engine.ledger()->retell([&](const study::Entry& entry) {
    if (auto* issued = std::get_if<fact::TrialIssued>(&entry.fact)) {
      add(*issued);
      fact::AttemptStarted started;
      started.trial = issued->trial;
      started.attempt = 1;
      add(started);
    } else if (auto* seen = std::get_if<fact::Observation>(&entry.fact)) {
      auto of_first_attempt = *seen;
      of_first_attempt.attempt = 1;
      add(std::move(of_first_attempt));
    } else if (auto* ended = std::get_if<fact::TrialEnded>(&entry.fact)) {
      auto end = ended->status == TrialStatus::completed ? study::End::completed
                 : ended->status == TrialStatus::failed  ? study::End::failed
                                                         : study::End::stopped;
      add(fact::AttemptEnded{ended->trial, 1, end, {}});
      add(*ended);
    }
  });
  if (engine.ended()) add(*engine.ended());
  return {facts};
}

}  // namespace sherpa::runtime
