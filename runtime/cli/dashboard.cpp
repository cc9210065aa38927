#include "dashboard/dashboard.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/coordinator/study_importance.hpp"
#include "runtime/coordinator/study_page.hpp"
#include "runtime/http_client/coordinator_client.hpp"
#include "runtime/http_client/feed_follower.hpp"
#include "runtime/secrets.hpp"
#include "runtime/store/stored_study.hpp"

#include <sherpa/terminal.hpp>

#include <nlohmann/json.hpp>

#include <condition_variable>
#include <iostream>
#include <mutex>

namespace sherpa::cli {

namespace fs = std::filesystem;

namespace {

/// The link to the page of a study that runs, from its coordinator.
std::string link_of(const runtime::Coordinator& coordinator, bool viewer) {
  auto answer =
      coordinator.post("/links", viewer ? R"({"role": "viewer"})" : R"({"role": "operator"})")
          .or_throw();
  return nlohmann::json::parse(answer).at("path").get<std::string>();
}

/// What people ask of a study that another process runs.
dashboard::Response ask_coordinator(const fs::path& directory, const dashboard::Request& request) {
  constexpr std::string_view root = "/api/v1";
  auto coordinator = runtime::Coordinator::of(directory);
  auto answer = coordinator ? coordinator->ask(request.method, request.target.substr(root.size()),
                                               request.body)
                            : Result<std::string>(coordinator.error());
  if (!answer)
    return dashboard::problem(answer.error().code == Errc::invalid_argument ? 400 : 503,
                              answer.error().message);
  auto path = request.path();
  return {.body = *std::move(answer),
          .content_type = path.ends_with("/log")   ? "text/plain; charset=utf-8"
                          : path.ends_with(".csv") ? "text/csv; charset=utf-8"
                                                   : "application/json"};
}

}  // namespace

int show_dashboard(const DashboardArguments& arguments) {
  std::vector<dashboard::Dashboard::Shown> studies;
  std::vector<std::unique_ptr<runtime::FeedFollower>> followers;
  for (const auto& directory : arguments.directories) {
    auto feed = std::make_shared<feed::Feed>();
    auto stored = runtime::read_stored_study(directory, feed.get());
    const bool runs = !stored && stored.error().code == Errc::locked;
    if (runs && arguments.directories.size() == 1) {
      auto coordinator = runtime::Coordinator::of(directory).or_throw();
      std::cout << directory.string() << " is running, and shows itself:\n"
                << coordinator.page() << link_of(coordinator, arguments.viewer) << '\n';
      return 0;
    }
    if (runs) {
      auto follower = runtime::FeedFollower::begin(directory, feed).or_throw();
      auto ask = [directory](const dashboard::Request& request) {
        return ask_coordinator(directory, request);
      };
      studies.push_back(
          {follower->name(), std::move(feed),
           std::make_shared<dashboard::StudyApi>(
               dashboard::StudyApi::ReadLog(), dashboard::StudyApi::Importance(), std::move(ask))});
      followers.push_back(std::move(follower));
      continue;
    }
    if (!stored) throw Exception(stored.error());
    auto name = (*stored)->study().name;
    auto of = [importance = runtime::importance_of(**stored)](const std::string& metric) {
      return importance->of(metric);
    };
    studies.push_back(
        {name, std::move(feed),
         std::make_shared<dashboard::StudyApi>(runtime::log_reader(directory), std::move(of))});
  }
  StopOnSignals signals(std::chrono::seconds(5));
  dashboard::Dashboard page(runtime::secrets_of(runtime::make_secret()), std::move(studies));
  dashboard::ServerOptions options{
      .host = arguments.host, .port = arguments.port, .names = runtime::host_names()};
  if (!arguments.tls.empty()) options.tls = {arguments.tls.front(), arguments.tls.back()};
  auto server = dashboard::HttpServer::open(
                    std::move(options),
                    [&](const dashboard::Request& request, dashboard::Reply reply) {
                      if (dashboard::Dashboard::answers(request))
                        return page.handle(request, std::move(reply));
                      reply(dashboard::problem(404, "no study runs here"));
                    },
                    [&](const dashboard::Request& request, dashboard::Wake wake) {
                      return page.open_socket(request, std::move(wake));
                    })
                    .or_throw();
  auto link = page.authenticator().make_link(arguments.viewer ? dashboard::Role::viewer
                                                              : dashboard::Role::operating);
  std::cout << runtime::where_it_is(*server, arguments.host, link) << "end it with Ctrl-C"
            << std::endl;
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, signals.token(), [] { return false; });
  return 0;
}

}  // namespace sherpa::cli
