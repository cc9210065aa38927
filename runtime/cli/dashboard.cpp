#include "dashboard/dashboard.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/coordinator.hpp"
#include "runtime/secrets.hpp"
#include "runtime/stored_study.hpp"
#include "runtime/study_page.hpp"

#include <sherpa/terminal.hpp>

#include <nlohmann/json.hpp>

#include <condition_variable>
#include <iostream>
#include <mutex>

namespace sherpa::cli {

namespace fs = std::filesystem;

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
                << coordinator.page() << link_of(coordinator, arguments.viewer) << '\n';
      continue;
    }
    if (!stored) throw Exception(stored.error());
    auto name = (*stored)->study().name;
    studies.push_back({name, std::move(feed), std::make_shared<dashboard::StudyDoor>(runtime::log_reader(directory))});
  }
  if (studies.empty()) return 0;

  StopOnSignals signals(std::chrono::seconds(5));
  dashboard::Dashboard page(runtime::secrets_of(runtime::make_secret()), std::move(studies));
  dashboard::ServerOptions options{.host = arguments.host, .port = arguments.port, .names = runtime::host_names()};
  if (!arguments.tls.empty()) options.tls = {arguments.tls.front(), arguments.tls.back()};
  auto server =
      dashboard::HttpServer::open(
          std::move(options),
          [&](const dashboard::Request& request, dashboard::Reply reply) {
            if (dashboard::Dashboard::answers(request)) return page.handle(request, std::move(reply));
            reply(dashboard::problem(404, "no study runs here"));
          },
          [&](const dashboard::Request& request, dashboard::Wake wake) { return page.open_socket(request, std::move(wake)); })
          .or_throw();
  auto link = page.doorkeeper().make_link(arguments.viewer ? dashboard::Role::viewer : dashboard::Role::operating);
  std::cout << runtime::where_it_is(*server, arguments.host, link) << "end it with Ctrl-C" << std::endl;
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, signals.token(), [] { return false; });
  return 0;
}

}  // namespace sherpa::cli
