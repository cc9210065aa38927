#pragma once

#include "core/feed/feed.hpp"
#include "dashboard/authenticator.hpp"
#include "dashboard/http/http.hpp"
#include "dashboard/study_api.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sherpa::dashboard {

/// The page for people, and what it and programs ask: everything but what trials say. Described in
/// docs/dashboard.md. Thread-safe.
///
///     GET  /, /page.js, /page.css        the page
///     GET  /open/SECRET                  a link that works once
///     GET  /api/v1/feed?study=0&after=N  a web socket: the study's facts as they happen
///     POST /api/v1/links                 {"role": "viewer"} makes a link
///          /api/v1/study…                study_api.hpp, of the first study
class Dashboard {
 public:
  /// A study that is shown.
  struct Shown {
    std::string name{};
    std::shared_ptr<feed::Feed> feed{};
    std::shared_ptr<StudyApi> study_api{};
    bool alive = true;  ///< a coordinator runs it
  };

  Dashboard(Authenticator::Secrets secrets, std::vector<Shown> studies);

  /// Whether the request is for it; trials' are not.
  static bool answers(const Request& request);
  Authorization authorize(const Request& head) const;
  void handle(const Request& request, Reply reply);
  std::variant<Response, std::unique_ptr<SocketUser>> open_socket(const Request& request,
                                                                  Wake wake) const;

  Authenticator& authenticator() { return authenticator_; }
  const std::vector<Shown>& studies() const { return studies_; }

 private:
  Authenticator authenticator_;
  const std::vector<Shown> studies_;
};

}  // namespace sherpa::dashboard
