#include "dashboard/dashboard.hpp"

#include "dashboard/feed_viewer.hpp"
#include "dashboard/http/json_body.hpp"
#include "dashboard/page_files.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace sherpa::dashboard {

namespace {

constexpr std::string_view feed_path = "/api/v1/feed";
constexpr std::string_view links_path = "/api/v1/links";

/// Nothing from other origins, nothing inline, and no other page may embed it in a frame.
const Headers page_headers{{"Content-Security-Policy",
                            "default-src 'none'; script-src 'self'; style-src 'self'; img-src "
                            "'self' data: blob:; connect-src 'self'; base-uri 'none'; "
                            "form-action 'none'; frame-ancestors 'none'"},
                           {"Referrer-Policy", "no-referrer"},
                           {"Cross-Origin-Opener-Policy", "same-origin"},
                           {"Cross-Origin-Resource-Policy", "same-origin"},
                           {"X-Frame-Options", "DENY"}};

Response unauthorized() {
  auto out = problem(401,
                     "this takes the study's token: Authorization: Bearer <what the file token in "
                     "its output directory holds>, or "
                     "the cookie that a link of sherpa dashboard sets");
  out.headers.emplace_back("WWW-Authenticate", "Bearer");
  return out;
}

Response only(std::string_view path, std::string_view method) {
  auto out = problem(405, std::string(path) + " takes " + std::string(method) + " only");
  out.headers.emplace_back("Allow", method);
  return out;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  if (text.empty()) return out;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace

Dashboard::Dashboard(Authenticator::Secrets secrets, std::vector<Shown> studies)
    : authenticator_(std::move(secrets)), studies_(std::move(studies)) {}

bool Dashboard::answers(const Request& request) {
  auto path = request.path();
  return path == feed_path || path == links_path || StudyApi::answers(request) ||
         Authenticator::is_link(path) || find_page_file(path);
}

/// The page itself and its links are for everybody.
Authorization Dashboard::authorize(const Request& head) const {
  const auto path = head.path();
  if (authenticator_.role_of(head)) return {.authorized = true};
  if (Authenticator::is_link(path) || find_page_file(path)) return {};
  return {.refusal = unauthorized()};
}

void Dashboard::handle(const Request& request, Reply reply) {
  const auto path = request.path();
  const bool get = request.method == "GET" || request.method == "HEAD";
  if (Authenticator::is_link(path)) {
    if (request.method != "GET") return reply(only("/open", "GET"));
    return reply(authenticator_.open_link(path, request.encrypted));
  }
  if (const auto* file = find_page_file(path)) {
    // The page itself is not secret; the study's data come over the web socket.
    if (!get) return reply(only(path, "GET"));
    return reply({.body = std::string(file->content),
                  .content_type = std::string(file->content_type),
                  .headers = page_headers});
  }
  auto role = authenticator_.role_of(request);
  if (!role) return reply(unauthorized());
  if (!get)
    if (auto refused = authenticator_.refuse_origin(request)) return reply(*std::move(refused));
  if (path == feed_path)
    return reply(problem(426, "this is a web socket; ask with Upgrade: websocket"));
  if (path != links_path)
    return studies_.front().study_api->handle(request, *role, std::move(reply));
  if (request.method != "POST") return reply(only(path, "POST"));
  if (*role != Role::operating)
    return reply(problem(403, "making links takes the operator's token"));
  auto body = parse_body(request.body);
  auto named =
      body && body->is_object() && body->contains("role") ? (*body)["role"] : Body("viewer");
  if (named != "viewer" && named != "operator")
    return reply(problem(400, "role: expected \"viewer\" or \"operator\""));
  auto link = authenticator_.make_link(named == "operator" ? Role::operating : Role::viewer);
  reply({.body = Body{{"path", link}}.dump()});
}

std::variant<Response, std::unique_ptr<SocketUser>> Dashboard::open_socket(const Request& request,
                                                                           Wake wake) const {
  if (request.path() != feed_path)
    return problem(404, "there is no web socket at " + shorten(std::string(request.path())));
  auto role = authenticator_.role_of(request);
  if (!role) return unauthorized();
  if (auto refused = authenticator_.refuse_origin(request)) return *std::move(refused);
  auto study = number(query_value(request.query(), "study")),
       after = number(query_value(request.query(), "after"));
  if (!study || !after || *study >= studies_.size())
    return problem(400, "expected ?study=INDEX&after=NUMBER&uuid=UUID");
  Viewing viewing{.role = *role,
                  .study = *study,
                  .uuid = query_value(request.query(), "uuid"),
                  .after = *after};
  for (const auto& shown : studies_) viewing.studies.push_back(shown.name);
  const auto& shown = studies_[*study];
  viewing.alive = shown.alive;
  shown.feed->on_news(wake);  // the same for every socket
  return make_feed_viewer(std::move(viewing), shown.feed, shown.study_api, std::move(wake));
}

}  // namespace sherpa::dashboard
