#pragma once

#include "core/base/result.hpp"
#include "core/study/commands.hpp"
#include "core/study/facts.hpp"

#include <sherpa/configuration.hpp>
#include <sherpa/error.hpp>
#include <sherpa/fields.hpp>
#include <sherpa/value.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

template <>
struct sherpa::base::Enumerators<sherpa::Errc> {
  static constexpr std::array<std::string_view, 11> names{
      "invalid_argument", "wrong_state",  "superseded", "locked", "version", "damaged", "store",
      "user_code",        "study_failed", "internal",   "refused"};
};

/// What a coordinator and its workers say to one another. Each message is a struct that lists its
/// fields once; on the wire it is [kind, map of fields] in msgpack (AttemptName and Observation, of
/// which there are many, are arrays). docs/protocol.md describes it for people.
namespace sherpa::link {

/// Refused where it differs.
constexpr std::uint32_t protocol_version = 1;

/// An attempt, and the secret by which it is known.
struct AttemptName {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::string token{};

  static constexpr auto fields() {
    return Fields{field("trial", &AttemptName::trial), field("attempt", &AttemptName::attempt),
                  field("token", &AttemptName::token)};
  }
  friend bool operator==(const AttemptName&, const AttemptName&) = default;
};

/// Who dials.
enum class Role : std::uint8_t {
  worker,  ///< takes trials as long as it is there
  job,     ///< runs one attempt, that it was started for
};

}  // namespace sherpa::link

template <>
struct sherpa::base::Enumerators<sherpa::link::Role> {
  static constexpr std::array<std::string_view, 2> names{"worker", "job"};
};

namespace sherpa::link {

/// Worker → coordinator, first.
struct Hello {
  std::uint32_t protocol = protocol_version;
  std::string version{};  ///< of the program, for people
  std::string study{};    ///< UUID
  Role role = Role::worker;
  study::Worker worker{};
  std::uint64_t session = 0;  ///< 1, 2, … within the incarnation, one for each connection
  std::uint64_t epoch = 0;    ///< of the last coordinator it knew; 0: none
  /// That it has, ended ones included whose end is not settled.
  std::vector<AttemptName> running{};
  std::vector<std::string> functions{};  ///< names under which functions are compiled in
  std::string token{};                   ///< of a job: the secret of its attempt

  static constexpr auto fields() {
    return Fields{field("protocol", &Hello::protocol),   field("version", &Hello::version),
                  field("study", &Hello::study),         field("role", &Hello::role),
                  field("worker", &Hello::worker),       field("session", &Hello::session),
                  field("epoch", &Hello::epoch),         field("running", &Hello::running),
                  field("functions", &Hello::functions), field("token", &Hello::token)};
  }
  friend bool operator==(const Hello&, const Hello&) = default;
};

/// Coordinator → worker: it may stay.
struct Welcome {
  std::uint32_t protocol = protocol_version;
  std::string study{};  ///< UUID
  std::uint64_t epoch = 0;
  std::string output_dir{};  ///< as the coordinator sees it; of use where both see the same files
  std::string run{};         ///< the study file as resolved: how a trial runs (command or function,
                             ///< environment, grace …)
  std::int64_t lease_ms = 0;
  bool judged = false;  ///< there is a rule: Judged is worth waiting for

  static constexpr auto fields() {
    return Fields{field("protocol", &Welcome::protocol), field("study", &Welcome::study),
                  field("epoch", &Welcome::epoch),       field("output_dir", &Welcome::output_dir),
                  field("run", &Welcome::run),           field("lease_ms", &Welcome::lease_ms),
                  field("judged", &Welcome::judged)};
  }
  friend bool operator==(const Welcome&, const Welcome&) = default;
};

/// Coordinator → dialer: it is refused, and the connection ends.
struct Refused {
  std::uint32_t protocol = protocol_version;
  std::string message{};
  bool later = false;  ///< it may ask again, after a while

  static constexpr auto fields() {
    return Fields{field("protocol", &Refused::protocol), field("message", &Refused::message),
                  field("later", &Refused::later)};
  }
  friend bool operator==(const Refused&, const Refused&) = default;
};

/// Coordinator → worker: run this attempt. effect::Start without the worker, which is the receiver.
struct Start {
  TrialId trial = 0;
  AttemptId attempt = 0;
  Configuration configuration{};
  std::string token{};
  Metrics resources{};
  /// Directory of the checkpoint to begin from, relative to the output directory.
  std::optional<std::string> load{};

  static constexpr auto fields() {
    return Fields{field("trial", &Start::trial),
                  field("attempt", &Start::attempt),
                  field("configuration", &Start::configuration),
                  field("token", &Start::token),
                  field("resources", &Start::resources),
                  field("load", &Start::load)};
  }
  friend bool operator==(const Start&, const Start&) = default;
};

/// Coordinator → worker: end it. May overtake its Start.
struct Stop {
  TrialId trial = 0;
  AttemptId attempt = 0;
  study::StopWhy why = study::StopWhy::going;

  static constexpr auto fields() {
    return Fields{field("trial", &Stop::trial), field("attempt", &Stop::attempt),
                  field("why", &Stop::why)};
  }
  friend bool operator==(const Stop&, const Stop&) = default;
};

/// Worker → coordinator: what an attempt measured. Sent again until it is acknowledged or refused.
/// Not command::Observe, because it carries the token, which only the coordinator hashes.
struct Batch {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::string token{};
  std::uint64_t number = 0;  ///< 1, 2, … within the attempt
  std::vector<Observation> observations{};

  static constexpr auto fields() {
    return Fields{field("trial", &Batch::trial), field("attempt", &Batch::attempt),
                  field("token", &Batch::token), field("number", &Batch::number),
                  field("measurements", &Batch::observations)};
  }
};

/// Coordinator → worker: every batch of the attempt up to this one is stored.
struct Acknowledged {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::uint64_t number = 0;

  static constexpr auto fields() {
    return Fields{field("trial", &Acknowledged::trial), field("attempt", &Acknowledged::attempt),
                  field("number", &Acknowledged::number)};
  }
  friend bool operator==(const Acknowledged&, const Acknowledged&) = default;
};

/// Coordinator → worker: the rule has judged everything up to this batch; nothing is to stop unless
/// a Stop came before.
struct Judged {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::uint64_t number = 0;

  static constexpr auto fields() {
    return Fields{field("trial", &Judged::trial), field("attempt", &Judged::attempt),
                  field("number", &Judged::number)};
  }
  friend bool operator==(const Judged&, const Judged&) = default;
};

/// Coordinator → worker: this batch is not taken, and never will be.
struct BatchRefused {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::uint64_t number = 0;
  Errc code = Errc::invalid_argument;
  std::string message{};

  static constexpr auto fields() {
    return Fields{field("trial", &BatchRefused::trial), field("attempt", &BatchRefused::attempt),
                  field("number", &BatchRefused::number), field("code", &BatchRefused::code),
                  field("message", &BatchRefused::message)};
  }
  friend bool operator==(const BatchRefused&, const BatchRefused&) = default;
};

/// Worker → coordinator: a checkpoint is there. Sent again until Published.
struct Publish {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::string token{};
  std::string directory{};        ///< relative to the output directory
  std::uint64_t after_batch = 0;  ///< the last batch before it

  static constexpr auto fields() {
    return Fields{field("trial", &Publish::trial), field("attempt", &Publish::attempt),
                  field("token", &Publish::token), field("directory", &Publish::directory),
                  field("after_batch", &Publish::after_batch)};
  }
  friend bool operator==(const Publish&, const Publish&) = default;
};

/// Coordinator → worker: the checkpoint is stored, or not wanted any more.
struct Published {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::string directory{};

  static constexpr auto fields() {
    return Fields{field("trial", &Published::trial), field("attempt", &Published::attempt),
                  field("directory", &Published::directory)};
  }
  friend bool operator==(const Published&, const Published&) = default;
};

/// Worker → coordinator: an attempt has ended. Sent again until Settled.
struct EndOfAttempt {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::string token{};
  std::uint64_t after_batch = 0;  ///< its last batch
  study::End end = study::End::completed;
  study::Detail detail{};
  std::optional<study::StopWhy> stop_why{};

  static constexpr auto fields() {
    return Fields{
        field("trial", &EndOfAttempt::trial),  field("attempt", &EndOfAttempt::attempt),
        field("token", &EndOfAttempt::token),  field("after_batch", &EndOfAttempt::after_batch),
        field("end", &EndOfAttempt::end),      field("detail", &EndOfAttempt::detail),
        field("told", &EndOfAttempt::stop_why)};
  }
  friend bool operator==(const EndOfAttempt&, const EndOfAttempt&) = default;
};

/// Coordinator → worker: the end of the attempt is stored, or need not be: forget it.
struct Settled {
  TrialId trial = 0;
  AttemptId attempt = 0;

  static constexpr auto fields() {
    return Fields{field("trial", &Settled::trial), field("attempt", &Settled::attempt)};
  }
  friend bool operator==(const Settled&, const Settled&) = default;
};

/// Either → the other: this end leaves and will not reconnect. A worker's open attempts end with
/// `end`.
struct Goodbye {
  std::string why{};
  study::End end = study::End::lost;

  static constexpr auto fields() {
    return Fields{field("why", &Goodbye::why), field("end", &Goodbye::end)};
  }
  friend bool operator==(const Goodbye&, const Goodbye&) = default;
};

/// Worker → coordinator: it takes no more trials, and leaves once those it has are through.
struct Drain {
  std::string why{};

  static constexpr auto fields() { return Fields{field("why", &Drain::why)}; }
  friend bool operator==(const Drain&, const Drain&) = default;
};

/// Coordinator → worker: not known any more, its lease ran out; say hello again over a new
/// connection.
struct JoinAgain {
  std::string why{};

  static constexpr auto fields() { return Fields{field("why", &JoinAgain::why)}; }
  friend bool operator==(const JoinAgain&, const JoinAgain&) = default;
};

/// Either → the other, when nothing else was said for a while.
struct Heartbeat {
  std::uint64_t number = 0;

  static constexpr auto fields() { return Fields{field("number", &Heartbeat::number)}; }
  friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};

/// The order is that of the kinds on the wire: append only, within a protocol version.
using Message =
    std::variant<Hello, Welcome, Refused, Start, Stop, Batch, Acknowledged, Judged, BatchRefused,
                 Publish, Published, EndOfAttempt, Settled, Goodbye, JoinAgain, Heartbeat, Drain>;

/// As documentation and errors call them.
constexpr std::array<std::string_view, std::variant_size_v<Message>> message_names{
    "Hello",        "Welcome", "Refused",      "Start",     "Stop",      "Batch",
    "Acknowledged", "Judged",  "BatchRefused", "Publish",   "Published", "EndOfAttempt",
    "Settled",      "Goodbye", "JoinAgain",    "Heartbeat", "Drain"};

/// Whether its sender can hold it back while the connection is full: work and observations. Answers
/// and orders go at once.
bool can_wait(const Message& message);

/// The message as bytes, without a length.
std::string encode(const Message& message);
/// Trusts nothing: every type, enumerator, depth and size is checked. Fields that are missing have
/// their default where that makes sense, and are an error where it does not (a trial 0, an empty
/// study). A Hello or Welcome of another protocol is `Errc::version` with both versions named,
/// whatever else is in it; anything else that is no message is `Errc::damaged`.
Result<Message> decode(std::string_view bytes);
/// Which kind of message these bytes begin as: an index into Message. Nothing when they begin as
/// none.
std::optional<std::size_t> kind_of(std::string_view bytes);

}  // namespace sherpa::link
