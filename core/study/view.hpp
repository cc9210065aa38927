#pragma once

#include "core/space/access.hpp"
#include "core/study/facts.hpp"
#include "core/study/ledger.hpp"

#include <sherpa/results.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace sherpa::study {

/// The results up to the facts that a learner has received: the ledger itself may be ahead.
struct View {
  std::shared_ptr<const Ledger> ledger;
  Ledger::Row rows = 0;
  std::uint32_t withdrawals = 0;

  /// Advances by the next fact.
  void pass(const Entry& entry) {
    if (entry.withdrawn_from != nothing_withdrawn) ++withdrawals;
    if (std::holds_alternative<fact::Observation>(entry.fact) ||
        std::holds_alternative<fact::TrialEnded>(entry.fact))
      ++rows;
  }
  bool survives(Ledger::Row row) const { return ledger->survives(row, withdrawals); }
  Results results() const { return internal::Access::results(ledger, rows, withdrawals); }
};

}  // namespace sherpa::study
