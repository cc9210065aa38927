#include "dashboard/http/http.hpp"

#include "core/base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace sherpa::dashboard {

namespace {

/// `%20` for a space; anything else stays as it is.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const char* begin = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(begin, begin + 2, byte, 16).ptr == begin + 2) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::string query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    auto end = std::min(query.find('&'), query.size());
    auto one = query.substr(0, end);
    if (one.starts_with(name) && one.substr(name.size()).starts_with('='))
      return percent_decoded(one.substr(name.size() + 1));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return {};
}

bool same_but_case(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

namespace {

std::string_view title(int status) {
  switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Payload Too Large";
    case 415: return "Unsupported Media Type";
    case 421: return "Misdirected Request";
    case 426: return "Upgrade Required";
    case 431: return "Request Header Fields Too Large";
    case 503: return "Service Unavailable";
    default: return status < 500 ? "Client Error" : "Internal Server Error";
  }
}

/// `host` of `host:port`, `[host]:port` or `host`; nothing when it is none of them.
std::optional<std::string_view> host_of(std::string_view text) {
  auto digits = [](std::string_view port) {
    return port.size() <= 5 &&
           std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  std::string_view host = text, rest;
  if (text.starts_with('[')) {
    auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else if (auto colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (host.empty() || (!rest.empty() && (rest[0] != ':' || !digits(rest.substr(1)))))
    return std::nullopt;
  return host;
}

/// `127.` and three more numbers: a name may begin so too, and point anywhere.
bool is_loopback(std::string_view host) {
  if (same_but_case(host, "localhost") || host == "::1") return true;
  if (!host.starts_with("127.")) return false;
  int dots = 0;
  for (char c : host) {
    if (c == '.') ++dots;
    if (c != '.' && (c < '0' || c > '9')) return false;
  }
  return dots == 3;
}

bool is_called(std::string_view host, std::string_view name) {
  if (name.starts_with("*.") && host.find('.') != std::string_view::npos) {
    host.remove_prefix(host.find('.'));
    name.remove_prefix(1);
  }
  return same_but_case(host, name);
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
  auto at = std::find_if(headers.begin(), headers.end(),
                         [&](const auto& h) { return same_but_case(h.first, name); });
  return at == headers.end() ? std::string_view() : std::string_view(at->second);
}

std::string_view Request::path() const {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string_view Request::query() const {
  auto at = target.find('?');
  return at == std::string::npos ? std::string_view() : std::string_view(target).substr(at + 1);
}

std::string shorten(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80)
    --most;  // not within a character
  return text.substr(0, most) + "…";
}

Response problem(int status, std::string_view detail, std::string_view type) {
  auto line = base::quote(shorten(std::string(detail), 1000));
  nlohmann::ordered_json body = {{"type", type},
                                 {"title", title(status)},
                                 {"status", status},
                                 {"detail", line.substr(1, line.size() - 2)}};
  // Paths and headers are bytes of any kind.
  return {status,
          body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace),
          "application/problem+json",
          {}};
}

std::optional<Response> refuse_host(const Request& request, const std::vector<std::string>& names) {
  auto count = std::count_if(request.headers.begin(), request.headers.end(),
                             [](const auto& h) { return same_but_case(h.first, "Host"); });
  if (count != 1)
    return problem(
        400, count == 0 ? "the header Host is missing" : "the header Host comes more than once");
  auto text = request.header("Host");
  auto host = host_of(text);
  if (!host)
    return problem(400, "the header Host is " + base::quote(shorten(std::string(text))) +
                            "; expected host:port");
  bool ours = is_loopback(*host) ||
              (!request.local_address.empty() && *host == request.local_address) ||
              std::any_of(names.begin(), names.end(),
                          [&](const auto& name) { return is_called(*host, name); });
  if (ours) return std::nullopt;
  return problem(421, "this server is not " + base::quote(shorten(std::string(*host))) +
                          "; call it by the address it listens on, such as 127.0.0.1");
}

std::optional<Response> refuse_plain(const Request& request) {
  const auto& from = request.remote_address;
  if (request.encrypted || is_loopback(from) || (!from.empty() && from == request.local_address))
    return std::nullopt;
  auto refused = problem(426, "from other hosts this is to be called encrypted: https://" +
                                  std::string(request.header("Host")));
  refused.headers = {{"Upgrade", "TLS/1.3, HTTP/1.1"}, {"Connection", "Upgrade"}};
  return refused;
}

std::optional<Response> refuse_transfer_encoding(const Request& request) {
  int count = 0;
  for (const auto& [name, value] : request.headers)
    if (same_but_case(name, "Transfer-Encoding"))
      count += same_but_case(value, "chunked") ? 1 : 2;  // twice is as wrong as another value
  if (count <= 1) return std::nullopt;
  return problem(400, "the header Transfer-Encoding is " +
                          base::quote(shorten(std::string(request.header("Transfer-Encoding")))) +
                          "; send the body with Content-Length, or with 'chunked' alone");
}

std::string in_url(const std::string& address) {
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

}  // namespace sherpa::dashboard
