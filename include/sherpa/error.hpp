#pragma once

#include <sherpa/export.hpp>

#include <stdexcept>
#include <string>

namespace sherpa {

/// What kind of thing went wrong; decides the exit code of a command. Goes between hosts: append
/// only.
enum class Errc {
  invalid_argument,  ///< a value, name or option that cannot be used
  wrong_state,       ///< the right call at the wrong time: a trial that has ended, a study that is
                     ///< closed
  superseded,        ///< the attempt is no longer the current one; whatever it says changes nothing
  locked,            ///< another coordinator owns the study
  version,           ///< a store written by a newer Sherpa
  damaged,           ///< a store of which nothing can be read
  store,             ///< the disk or the store refused: full, not writable, a failed fsync
  user_code,         ///< the user's algorithm, rule or callback threw
  study_failed,      ///< the study ended with an error; running it again resumes it
  internal,          ///< a mistake in Sherpa
  refused,           ///< the other end of a connection does not want us, and says why
};

/// What went wrong, in one line that names the thing and the remedy.
struct Error {
  Errc code = Errc::internal;
  std::string message;
};

/// The exit code with which our commands say so: 1 study failed, 2 wrong usage, 3 refused (locked,
/// version, by the other end), 4 disk or store.
SHERPA_API int exit_code(Errc code) noexcept;

/// The one type that the public functions throw.
class SHERPA_API Exception : public std::runtime_error {
 public:
  explicit Exception(const Error& error);
  ~Exception() override;

  Errc code() const noexcept { return code_; }

 private:
  Errc code_;
};

}  // namespace sherpa
