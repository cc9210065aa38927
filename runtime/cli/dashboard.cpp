#include "runtime/cli/dashboard.hpp"

#include "dashboard/dashboard.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/coordinator.hpp"
#include "runtime/secrets.hpp"
#include "runtime/stored_study.hpp"
#include "study/text.hpp"

#include <sherpa/terminal.hpp>

#include <nlohmann/json.hpp>

#include <unistd.h>
#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <mutex>

namespace sherpa::cli {

namespace fs = std::filesystem;

std::string study_token(const fs::path& output_dir) {
  std::ifstream in(output_dir / "token");
  std::string token;
  std::getline(in, token);
  std::error_code error;
  auto permissions = fs::status(output_dir / "token", error).permissions();
  bool ours_alone = !error && (permissions & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none;
  bool is_one = token.size() == 64 && token.find_first_not_of("0123456789abcdef") == std::string::npos;
  return is_one && ours_alone ? token : runtime::make_secret();
}

dashboard::Doorkeeper::Secrets secrets_of(const std::string& token) {
  return {.token = token, .hash = runtime::hash_secret, .make = runtime::make_secret};
}

dashboard::StudyDoor::ReadLog log_reader(const fs::path& output_dir) {
  return [jobs = output_dir / "jobs"](TrialId trial) -> Result<std::string> {
    constexpr std::streamoff most = 64 * 1024;
    auto file = jobs / ("trial_" + std::to_string(trial) + ".out");
    std::ifstream in(file, std::ios::binary);
    if (!in) return Error{Errc::invalid_argument, "trial " + std::to_string(trial) + " has left no " + file.string()};
    in.seekg(0, std::ios::end);
    auto size = static_cast<std::streamoff>(in.tellg());
    in.seekg(std::max<std::streamoff>(0, size - most));
    std::string text(static_cast<std::size_t>(std::min(size, most)), '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
  };
}

std::vector<std::string> host_names() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  std::string name = host.data();
  std::vector<std::string> out{name};
  if (auto dot = name.find('.'); dot != std::string::npos) out.push_back(name.substr(0, dot));
  return out;
}

std::string where_it_is(const dashboard::HttpServer& server, const std::string& host, const std::string& link) {
  const auto name = host_names().front();
  const auto port = std::to_string(server.port());
  std::string out = "dashboard      " + server.url() + link + "\n";
  bool here_only = host == "localhost" || host == "::1" || host.starts_with("127.");
  if (!here_only) out += "from others    http://" + name + ":" + port + link + "\n";
  const char* user = std::getenv("USER");
  auto at = server.url().substr(server.url().find("//") + 2);
  return out + "by a tunnel    ssh -N -L " + port + ":" + at + " " + (user ? std::string(user) + "@" : "") + name +
         "   and then the first address (it works once)\n";
}

namespace {

/// The link to the page of a study that runs, from its coordinator.
std::string link_of(const Coordinator& coordinator, bool viewer) {
  auto answer = coordinator.post("/links", viewer ? R"({"role": "viewer"})" : R"({"role": "operator"})").or_throw();
  return nlohmann::json::parse(answer).at("path").get<std::string>();
}

}  // namespace

int show_dashboard(const DashboardArguments& arguments) {
  std::vector<dashboard::Dashboard::Shown> studies;
  for (const auto& directory : arguments.directories) {
    auto feed = std::make_shared<study::Feed>();
    auto stored = runtime::read_stored_study(directory, feed.get());
    if (!stored && stored.error().code == Errc::locked) {
      auto coordinator = Coordinator::of(directory).or_throw();
      std::cout << directory.string() << " is running, and shows itself:\n"
                << coordinator.url() << link_of(coordinator, arguments.viewer) << '\n';
      continue;
    }
    if (!stored) throw Exception(stored.error());
    auto name = (*stored)->study().name;
    studies.push_back({name, std::move(feed), std::make_shared<dashboard::StudyDoor>(log_reader(directory))});
  }
  if (studies.empty()) return 0;

  StopOnSignals signals(std::chrono::seconds(5));
  dashboard::Dashboard page(secrets_of(runtime::make_secret()), std::move(studies));
  auto server =
      dashboard::HttpServer::open(
          {.host = arguments.host, .port = arguments.port, .names = host_names()},
          [&](const dashboard::Request& request, dashboard::Reply reply) {
            if (dashboard::Dashboard::answers(request)) return page.handle(request, std::move(reply));
            reply(dashboard::problem(404, "no study runs here"));
          },
          [&](const dashboard::Request& request, dashboard::Wake wake) { return page.open_socket(request, std::move(wake)); })
          .or_throw();
  auto link = page.doorkeeper().make_link(arguments.viewer ? dashboard::Role::viewer : dashboard::Role::operating);
  std::cout << where_it_is(*server, arguments.host, link) << "end it with Ctrl-C" << std::endl;
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, signals.token(), [] { return false; });
  return 0;
}

}  // namespace sherpa::cli
