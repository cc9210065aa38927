#include "dashboard/authenticator.hpp"

#include <algorithm>

namespace sherpa::dashboard {

namespace {

constexpr std::string_view link_root = "/open/";
constexpr std::size_t most_links = 64;

/// In a time that does not tell how much of it is right.
bool same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char differences = 0;
  for (std::size_t i = 0; i < a.size(); ++i) differences |= static_cast<unsigned char>(a[i] ^ b[i]);
  return differences == 0;
}

std::string_view trim(std::string_view text) {
  auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

}  // namespace

Authenticator::Authenticator(Secrets secrets) : make_(std::move(secrets.make)) {
  const auto& of = secrets.hash;
  const auto& token = secrets.token;
  operate_ = {token, of("cookie of an operator of " + token)};
  view_.token = of("token of a viewer of " + token);
  view_.cookie = of("cookie of a viewer of " + token);
  // Cookies are told apart by name alone: another study on this host, with another port, has
  // another one.
  cookie_name_ = "sherpa_" + of("name of the cookie of " + token).substr(0, 8);
}

std::string_view Authenticator::cookie_of(const Request& request) const {
  auto all = request.header("Cookie");
  while (!all.empty()) {
    auto end = std::min(all.find(';'), all.size());
    auto one = trim(all.substr(0, end));
    if (one.starts_with(cookie_name_) && one.substr(cookie_name_.size()).starts_with('='))
      return one.substr(cookie_name_.size() + 1);
    all.remove_prefix(std::min(end + 1, all.size()));
  }
  return {};
}

std::optional<Role> Authenticator::role_of(const Request& request) const {
  constexpr std::string_view scheme = "bearer ";
  if (auto shown = request.header("Authorization"); !shown.empty()) {
    if (!same_but_case(shown.substr(0, scheme.size()), scheme)) return std::nullopt;
    auto token = trim(shown.substr(scheme.size()));
    if (same(token, operate_.token)) return Role::operating;
    if (same(token, view_.token)) return Role::viewer;
    return std::nullopt;
  }
  auto cookie = cookie_of(request);
  if (same(cookie, operate_.cookie)) return Role::operating;
  if (same(cookie, view_.cookie)) return Role::viewer;
  return std::nullopt;
}

std::optional<Response> Authenticator::refuse_origin(const Request& request) const {
  auto origin = request.header("Origin");
  if (origin.empty() && !request.header("Authorization").empty()) return std::nullopt;
  auto host = request.header("Host");
  // Somebody on the way could put a page of their own at the address that is not encrypted.
  for (std::string_view scheme : {"https://", "http://"})
    if (!(request.encrypted && scheme == "http://") && origin.starts_with(scheme) &&
        same_but_case(origin.substr(scheme.size()), host))
      return std::nullopt;
  return problem(403, origin.empty()
                          ? "the header Origin is missing: only the study's own page may do this, "
                            "or a program with a token"
                          : "a page of " + shorten(std::string(origin)) + " may not do this");
}

std::string Authenticator::make_link(Role role, Clock::time_point now) {
  auto secret = make_();
  std::scoped_lock lock(mutex_);
  links_.push_back({secret, role, now + link_time});
  if (links_.size() > most_links) links_.pop_front();
  return std::string(link_root) + secret;
}

bool Authenticator::is_link(std::string_view path) { return path.starts_with(link_root); }

Response Authenticator::open_link(std::string_view path, bool encrypted, Clock::time_point now) {
  auto secret = path.substr(link_root.size());
  std::scoped_lock lock(mutex_);
  std::erase_if(links_, [&](const Link& link) { return link.until <= now; });
  auto at = std::find_if(links_.begin(), links_.end(),
                         [&](const Link& link) { return same(link.secret, secret); });
  if (at == links_.end())
    return {.status = 410,
            .body =
                "This link has been used, is older than an hour, or is of an earlier start. "
                "`sherpa dashboard DIRECTORY` makes a new one.\n",
            .content_type = "text/plain; charset=utf-8"};
  const auto& cookie = at->role == Role::operating ? operate_.cookie : view_.cookie;
  links_.erase(at);
  return {.status = 303,
          .content_type = "text/plain",
          .headers = {{"Location", "/"},
                      {"Referrer-Policy", "no-referrer"},
                      {"Set-Cookie", cookie_name_ + "=" + cookie +
                                         "; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000" +
                                         (encrypted ? "; Secure" : "")}}};
}

}  // namespace sherpa::dashboard
