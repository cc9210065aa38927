#pragma once

#include "dashboard/http/http.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace sherpa::dashboard {

/// What somebody may do.
enum class Role : std::uint8_t {
  viewer,    ///< see
  operating  ///< see and change
};

/// Knows people by what they show: a token in `Authorization: Bearer …` (programs), or a cookie
/// (browsers), which a link that works once has set. Everything follows from one secret, so that it
/// holds over the coordinator's restarts. Thread-safe.
class Authenticator {
 public:
  struct Secrets {
    std::string token{};  ///< who has it may do everything
    std::function<std::string(std::string_view)>
        hash{};                           ///< one that cannot be turned round; as hexadecimal
    std::function<std::string()> make{};  ///< a new secret
  };

  explicit Authenticator(Secrets secrets);

  /// Who asks; absent: nobody that is known.
  std::optional<Role> role_of(const Request& request) const;
  /// A refusal unless the request comes from a page of ours or from a program: what a page
  /// elsewhere makes a browser send has the browser's cookie, and that page's Origin.
  std::optional<Response> refuse_origin(const Request& request) const;

  /// The token of those who may only see.
  const std::string& viewer_token() const { return view_.token; }
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::hours link_time{1};

  /// A path that lets in whoever opens it first, for `link_time`. At most 64 wait; then the oldest
  /// is void.
  std::string make_link(Role role, Clock::time_point now = Clock::now());
  /// Of such a path: sends the browser to the page with its cookie, or says that it has been used.
  /// What an `encrypted` connection has set is shown on no other.
  Response open_link(std::string_view path, bool encrypted = false,
                     Clock::time_point now = Clock::now());
  static bool is_link(std::string_view path);

 private:
  struct Link {
    std::string secret;
    Role role;
    Clock::time_point until;
  };
  struct Known {
    std::string token, cookie;
  };
  std::string_view cookie_of(const Request& request) const;

  const std::function<std::string()> make_;
  Known operate_, view_;
  std::string cookie_name_;
  mutable std::mutex mutex_;
  std::deque<Link> links_;
};

}  // namespace sherpa::dashboard
