#include "runtime/store/endpoint.hpp"

#include "core/base/files.hpp"
#include "core/base/spawn.hpp"

#include <nlohmann/json.hpp>

#include <unistd.h>
#include <array>
#include <charconv>
#include <fstream>

namespace sherpa::runtime {

namespace fs = std::filesystem;

std::optional<std::uint16_t> Endpoint::port() const {
  auto colon = url.rfind(':');
  std::uint16_t port = 0;
  if (colon == std::string::npos) return {};
  auto parsed = std::from_chars(url.data() + colon + 1, url.data() + url.size(), port);
  if (parsed.ec != std::errc() || parsed.ptr != url.data() + url.size() || port == 0) return {};
  return port;
}

std::optional<Endpoint> read_endpoint(const fs::path& output_dir) {
  auto text = base::read_file(output_dir / "endpoint").value_or("");
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("url")) return {};
  try {
    const auto url = json["url"].get<std::string>();
    return Endpoint{.url = url,
                    .host = json.value("host", ""),
                    .pid = json.value("pid", std::int64_t{0}),
                    .epoch = json.value("epoch", std::uint64_t{0}),
                    .page = json.value("page", url)};
  } catch (const nlohmann::json::exception&) {  // a field of another type
    return {};
  }
}

Result<void> write_endpoint(const fs::path& output_dir, const std::string& url, std::uint64_t epoch,
                            const std::string& page) {
  nlohmann::ordered_json json{
      {"url", url}, {"host", base::host_name()}, {"pid", ::getpid()}, {"epoch", epoch}};
  if (!page.empty() && page != url) json["page"] = page;
  return base::replace_file(output_dir / "endpoint", json.dump() + "\n", 0644);
}

}  // namespace sherpa::runtime
