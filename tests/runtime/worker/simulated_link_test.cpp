#include "tests/support/simulated_link.hpp"

#include "tests/support/link_contract.hpp"

namespace sherpa::testing_support {
namespace {

/// In virtual time, on one thread.
class SimulatedWorld final : public LinkWorld {
 public:
  std::unique_ptr<link::Listener> listener() override { return network_.make_listener(); }
  std::unique_ptr<link::Dialer> dialer() override { return network_.make_dialer("node1"); }
  bool has_threads() const override { return false; }
  bool until(const std::function<bool()>& holds) override {
    while (!look(holds))
      if (timers_.now() > std::chrono::minutes(1) || !timers_.step()) return false;
    return true;
  }

 private:
  VirtualTimers timers_;
  SimulatedNetwork network_{timers_, 1, {}};
};

INSTANTIATE_TEST_SUITE_P(SimulatedLink, LinkContract,
                         testing::Values([]() -> std::unique_ptr<LinkWorld> {
                           return std::make_unique<SimulatedWorld>();
                         }));

}  // namespace
}  // namespace sherpa::testing_support
