#pragma once

#include "core/base/result.hpp"
#include "core/study/open_attempts.hpp"
#include "dashboard/http/http.hpp"

#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace sherpa::dashboard {

/// Where a trial's program speaks for its attempt: `/api/v1`, described in docs/openapi.json.
/// Whoever shows an attempt's token is that attempt. Nothing here waits or needs a socket.
class TrialApi {
 public:
  explicit TrialApi(const study::OpenAttempts& attempts) : attempts_(attempts) {}

  Authorization authorize(const Request& head) const;
  void handle(const Request& request, Reply reply) const;

  struct Route {
    std::string_view method, path;
  };
  static std::vector<Route> routes();

 private:
  struct Accepted;
  std::variant<Response, Accepted> accept(const Request& head) const;

  const study::OpenAttempts& attempts_;
};

/// The measurements of a request's body: one object, or a list of 1 to 10,000. The error names the
/// field and the remedy.
Result<std::vector<study::command::Measurement>> read_observations(std::string_view body);

}  // namespace sherpa::dashboard
