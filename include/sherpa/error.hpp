#pragma once

#include <sherpa/export.hpp>

#include <stdexcept>
#include <string>

namespace sherpa {

/// The kind of an error; decides a command's exit code. Hosts exchange these numbers: append only.
enum class Errc {
  invalid_argument,  ///< a value, name or option that cannot be used
  wrong_state,       ///< a call that is not possible now: the trial has ended, the study is closed
  superseded,        ///< no longer the trial's current attempt; its reports change nothing
  locked,            ///< another coordinator owns the study
  version,           ///< a store written by a newer Sherpa
  damaged,           ///< nothing in the store can be read
  store,             ///< the disk or store failed: full, not writable, a failed fsync
  user_code,         ///< the user's algorithm, rule or callback threw
  study_failed,      ///< the study ended with an error; running it again resumes it
  internal,          ///< a bug in Sherpa
  refused,           ///< the other end of a connection, or the study, takes no more; the message
                     ///< says why
};

/// An error. The message is one line that names the thing and the remedy.
struct Error {
  Errc code = Errc::internal;
  std::string message;
};

/// Returns the exit code of a command that ends with this error: 1 the study failed, 2 wrong usage,
/// 3 refused (locked, version, or by the other end), 4 disk or store.
SHERPA_API int exit_code(Errc code) noexcept;

/// The one exception type that the public functions throw.
class SHERPA_API Exception : public std::runtime_error {
 public:
  explicit Exception(const Error& error);
  ~Exception() override;

  Errc code() const noexcept { return code_; }

 private:
  Errc code_;
};

}  // namespace sherpa
