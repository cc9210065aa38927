#pragma once

#include "actors/messages.hpp"

#include <caf/all.hpp>

#include <chrono>
#include <utility>

// The one place that knows which CAF is installed. CAF_VERSION is unusable in CAF 1.x (1.1.0
// defines it as 0100), so the major version decides.
#define SHERPA_CAF_1 (CAF_MAJOR_VERSION >= 1)

// Messages stay in the process: CAF need not know how to make bytes of them.
#if SHERPA_CAF_1
#define SHERPA_ADD_TYPE_ID(type) CAF_ADD_TYPE_ID(sherpa, (type))
CAF_BEGIN_TYPE_ID_BLOCK(sherpa, first_custom_type_id)
SHERPA_MESSAGES(SHERPA_ADD_TYPE_ID)
CAF_END_TYPE_ID_BLOCK(sherpa)
#undef SHERPA_ADD_TYPE_ID
#endif
#define SHERPA_LOCAL_MESSAGE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)
SHERPA_MESSAGES(SHERPA_LOCAL_MESSAGE)
#undef SHERPA_LOCAL_MESSAGE

namespace sherpa::actors {

namespace detail {
template <class In>
struct Signature {
#if SHERPA_CAF_1
  using type = caf::result<void>(In);
#else
  using type = caf::reacts_to<In>;
#endif
};
}  // namespace detail

/// A typed actor, written as the messages it takes. Answers are messages too: they carry what they
/// answer, and never wait.
template <class... Messages>
using Handle = caf::typed_actor<typename detail::Signature<Messages>::type...>;

/// From one actor to another.
template <class Self, class To, class Message>
void tell(Self* self, const To& to, Message&& message) {
#if SHERPA_CAF_1
  self->mail(std::forward<Message>(message)).send(to);
#else
  self->send(to, std::forward<Message>(message));
#endif
}

/// To oneself, later.
template <class Self, class Message>
void remind(Self* self, std::chrono::milliseconds delay, Message&& message) {
#if SHERPA_CAF_1
  self->mail(std::forward<Message>(message)).delay(delay).send(self);
#else
  self->delayed_send(self, delay, std::forward<Message>(message));
#endif
}

/// From a thread that is no actor.
template <class To, class Message>
void tell_from_outside(const To& to, Message&& message) {
#if SHERPA_CAF_1
  caf::anon_mail(std::forward<Message>(message)).send(to);
#else
  caf::anon_send(to, std::forward<Message>(message));
#endif
}

/// `lost(reason)` is called when the other one is gone. In CAF 0.17 an actor has one such handler
/// for all whom it watches over.
template <class Self, class Lost>
void when_lost(Self* self, Lost lost) {
#if SHERPA_CAF_1
  self->set_down_handler([lost](caf::down_msg& down) { lost(down.source, down.reason); });
#else
  self->set_down_handler([lost](caf::down_msg& down) { lost(down.source, down.reason); });
#endif
}
template <class Self, class Other>
void watch_over(Self* self, const Other& other) {
  self->monitor(other);
}

inline void prepare(caf::actor_system_config& config) {
#if SHERPA_CAF_1
  (void)config;
  caf::init_global_meta_objects<caf::id_block::sherpa>();
  caf::core::init_global_meta_objects();
  config.set("caf.scheduler.policy", "sharing");
  config.set("caf.scheduler.max-threads", 2);
#else
  // Work stealing, the default, burns 1 % of a core while idle.
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", std::size_t{2});
#endif
}

}  // namespace sherpa::actors
