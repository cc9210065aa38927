#include "runtime/tls_link/join_file.hpp"

#include "core/base/files.hpp"
#include "core/base/spawn.hpp"
#include "core/base/text.hpp"
#include "runtime/tls_link/openssl.hpp"

#include <nlohmann/json.hpp>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <unistd.h>
#include <array>
#include <fstream>
#include <sstream>

namespace sherpa::runtime::tls_link {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uintmax_t most_file = 64 * 1024;
constexpr std::size_t most_addresses = 64;

struct Wrong {
  std::string what;
};

template <class T>
T member(const Json& json, const char* name, bool usable(const T&)) {
  auto at = json.find(name);
  if (at == json.end()) throw Wrong{"'" + std::string(name) + "' is missing"};
  try {
    auto value = at->get<T>();
    if (usable(value)) return value;
  } catch (const Json::exception&) {
    // Reported below.
  }
  throw Wrong{"'" + std::string(name) + "' is not what it should be"};
}

bool is_text(const std::string& text) { return !text.empty(); }
bool is_certificate(const std::string& pem) {
  ERR_clear_error();
  bool is = openssl::read_certificate(pem) != nullptr;
  ERR_clear_error();
  return is;
}
bool is_key(const std::string& pem) {
  ERR_clear_error();
  bool is = openssl::read_key(pem) != nullptr;
  ERR_clear_error();
  return is;
}

}  // namespace

Result<void> write_join_file(const std::filesystem::path& file, const JoinFile& join) {
  Json json{{"sherpa", 1},
            {"study", join.study},
            {"epoch", join.epoch},
            {"addresses", join.addresses},
            {"port", join.port},
            {"authority", join.authority},
            {"certificate", join.worker.certificate},
            {"key", join.worker.key}};
  return base::replace_file(file, json.dump(2) + "\n", 0600);
}

Result<JoinFile> read_join_file(const std::filesystem::path& file) {
  auto wrong = [&](const std::string& what) {
    return Error{Errc::invalid_argument, "join file " + base::quote(file.string()) + ": " + what +
                                             "; copy the study's newest file `join` there"};
  };
  std::error_code code;
  auto size =
      std::filesystem::is_regular_file(file, code) ? std::filesystem::file_size(file, code) : 0;
  if (code || !std::filesystem::exists(file, code)) return wrong("there is no such file");
  if (size > most_file) return wrong("it is too large to be one");
  auto text = base::read_file(file, most_file);
  if (!text) return wrong("it cannot be read");
  auto json = Json::parse(*text, nullptr, false);
  if (!json.is_object()) return wrong("it is no join file");
  try {
    if (auto format =
            member<std::int64_t>(json, "sherpa", [](const std::int64_t& n) { return n > 0; });
        format != 1)
      return Error{Errc::version, "join file " + base::quote(file.string()) + " is of version " +
                                      std::to_string(format) +
                                      ", which this Sherpa does not know; use a newer one"};
    JoinFile join;
    join.study = member<std::string>(json, "study", is_text);
    join.epoch = member<std::uint64_t>(json, "epoch", [](const std::uint64_t& n) { return n > 0; });
    join.addresses = member<std::vector<std::string>>(
        json, "addresses", [](const std::vector<std::string>& all) {
          return !all.empty() && all.size() <= most_addresses &&
                 std::all_of(all.begin(), all.end(), is_text);
        });
    join.port = static_cast<std::uint16_t>(member<std::int64_t>(
        json, "port", [](const std::int64_t& n) { return n > 0 && n <= 0xffff; }));
    join.authority = member<std::string>(json, "authority", is_certificate);
    join.worker.certificate = member<std::string>(json, "certificate", is_certificate);
    join.worker.key = member<std::string>(json, "key", is_key);
    return join;
  } catch (const Wrong& w) {
    return wrong(w.what);
  }
}

std::vector<std::string> addresses_of(const std::string& host) {
  if (!host.empty() && host != "0.0.0.0" && host != "::") return {host};
  std::vector<std::string> found, last;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) == 0) {
    for (auto* at = all; at; at = at->ifa_next) {
      if (!at->ifa_addr || !(at->ifa_flags & IFF_UP)) continue;
      std::array<char, INET6_ADDRSTRLEN> text{};
      const void* address = nullptr;
      bool six = at->ifa_addr->sa_family == AF_INET6;
      if (six) {
        const auto& in = reinterpret_cast<const sockaddr_in6*>(at->ifa_addr)->sin6_addr;
        if (host == "0.0.0.0" || IN6_IS_ADDR_LINKLOCAL(&in)) continue;
        address = &in;
      } else if (at->ifa_addr->sa_family == AF_INET) {
        address = &reinterpret_cast<const sockaddr_in*>(at->ifa_addr)->sin_addr;
      } else {
        continue;
      }
      if (!::inet_ntop(at->ifa_addr->sa_family, address, text.data(), text.size())) continue;
      // Loopback addresses come last: workers on this host can use them, and elsewhere they are
      // refused quickly.
      (at->ifa_flags & IFF_LOOPBACK ? last : found).emplace_back(text.data());
    }
    ::freeifaddrs(all);
  }
  last.insert(last.begin(), base::host_name());
  found.insert(found.end(), last.begin(), last.end());
  if (found.size() > most_addresses) found.resize(most_addresses);
  return found;
}

}  // namespace sherpa::runtime::tls_link
