#pragma once

/// What a worker that joins is to the study: small tables, read from top to bottom.
namespace sherpa::study {

/// What is known of a worker that joins.
struct Joining {
  bool barred = false;         ///< this incarnation may not rejoin
  bool known = false;          ///< a worker of this name has joined
  bool same_start = false;     ///< and it is this one
  bool present = false;        ///< and it joined in this run
  bool newer_session = false;  ///< this connection is newer than the last one
};

enum class JoinKind {
  refused,        ///< it was taken out of use, or replaced
  new_worker,     ///< it joins for the first time
  started_again,  ///< it replaces an earlier start, whose attempts are lost
  repeated,       ///< a late or repeated message, which changes nothing
  back,           ///< it reconnected; its attempts are compared with what it should run
};

constexpr JoinKind classify(const Joining& join) {
  if (join.barred) return JoinKind::refused;
  if (!join.known) return JoinKind::new_worker;
  if (!join.same_start) return JoinKind::started_again;
  if (join.present && !join.newer_session) return JoinKind::repeated;
  return JoinKind::back;
}

/// What is sent to an attempt of a worker that has reconnected.
enum class Reunion { superseded, stop, interrupt, nothing };

constexpr Reunion reunite(bool current, bool stop_pending, bool closing) {
  if (!current) return Reunion::superseded;
  if (stop_pending) return Reunion::stop;
  if (closing) return Reunion::interrupt;
  return Reunion::nothing;
}

}  // namespace sherpa::study
