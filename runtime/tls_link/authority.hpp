#pragma once

#include "core/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

/// A process may use a study's link if it has a certificate of the study's own authority.
namespace sherpa::runtime::tls_link {

/// A certificate and its private key, as PEM.
struct Identity {
  std::string certificate{};
  std::string key{};
};

/// What a certificate is for; a worker's does not pass for the coordinator's.
enum class Party : std::uint8_t { coordinator, worker };

constexpr std::string_view name_of(Party party) {
  return party == Party::coordinator ? "coordinator" : "worker";
}

/// From when to when, counted from now. From a day ago: the clocks of hosts differ.
struct Validity {
  std::chrono::seconds from = -std::chrono::hours(24);
  std::chrono::seconds to = std::chrono::hours(24 * 366);
};

/// The certificate authority of one study (EC P-256), made at its first start and kept with it.
class Authority {
 public:
  /// A new one; `study` is the study's UUID, which stands in every certificate's name.
  static Result<Authority> make(const std::string& study,
                                Validity validity = {.to = std::chrono::hours(24 * 3660)});
  /// That of the study in a directory, from the file `authority` there (0600), which is made when
  /// absent. Errors: damaged when the file is malformed or another study's, store when it cannot
  /// be read or written.
  static Result<Authority> open(const std::filesystem::path& directory, const std::string& study);

  /// A new key with a certificate for it.
  Result<Identity> issue(Party party, Validity validity = {}) const;
  /// Its own certificate, as PEM: what the other end is checked against.
  const std::string& certificate() const { return own_.certificate; }

 private:
  Authority(std::string study, Identity own) : study_(std::move(study)), own_(std::move(own)) {}
  std::string study_;
  Identity own_;
};

}  // namespace sherpa::runtime::tls_link
