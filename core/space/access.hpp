#pragma once

#include <sherpa/algorithms.hpp>
#include <sherpa/results.hpp>
#include <sherpa/stopping_rules.hpp>
#include <sherpa/trial.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace sherpa::internal {

/// The library's way to what public classes hold and users have no use for; the one friend of these
/// classes.
struct Access {
  static const space::AlgorithmVariant& variant(const AlgorithmSpecification& specification) {
    return *specification.variant_;
  }
  static const space::StoppingRuleVariant& variant(const StoppingRuleSpecification& specification) {
    return *specification.variant_;
  }

  /// What `ledger` holds now.
  static Results results(std::shared_ptr<const study::Ledger> ledger) {
    return Results(std::move(ledger));
  }
  /// The first `rows` rows of `ledger`, after its first `withdrawals` withdrawals.
  static Results results(std::shared_ptr<const study::Ledger> ledger, std::uint32_t rows,
                         std::uint32_t withdrawals) {
    return Results(std::move(ledger), rows, withdrawals);
  }

  /// A Trial whose calls `backend` answers: a Trial::Backend.
  template <class Backend>
  static Trial trial(std::unique_ptr<Backend> backend) {
    return Trial(std::move(backend));
  }
  static Trial::Backend& backend(const Trial& trial) { return trial.backend(); }
};

}  // namespace sherpa::internal
