#include "runtime/tls_link/allowed_messages.hpp"

#include "core/link/link_messages.hpp"

#include <type_traits>
#include <variant>

namespace sherpa::runtime::tls_link {

namespace {

template <class... Kinds, class... All>
bool is_one_of(std::size_t kind, const std::variant<All...>*) {
  std::size_t i = 0;
  bool found = false;
  auto look = [&]<class One>(std::type_identity<One>) {
    found = found || (i++ == kind && (std::is_same_v<One, Kinds> || ...));
  };
  (look(std::type_identity<All>()), ...);
  return found;
}

}  // namespace

bool may_be_said_to(Party party, std::size_t kind) {
  using namespace sherpa::link;
  constexpr const link::Message* any = nullptr;
  return party == Party::coordinator
             ? is_one_of<link::Batch, link::Publish, link::EndOfAttempt, link::Goodbye, link::Drain,
                         link::Heartbeat>(kind, any)
             : is_one_of<link::Start, link::Stop, link::Acknowledged, link::Judged,
                         link::BatchRefused, link::Published, link::Settled, link::Goodbye,
                         link::JoinAgain, link::Heartbeat>(kind, any);
}

}  // namespace sherpa::runtime::tls_link
