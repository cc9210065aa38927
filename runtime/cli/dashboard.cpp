#include "dashboard/dashboard.hpp"
#include "runtime/cli/command_line.hpp"
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
#include <memory>
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

/// Passes steering on to a study that another process runs.
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

struct DashboardOptions {
  std::vector<fs::path> directories{};
  std::string host{"127.0.0.1"};
  std::optional<std::uint16_t> port{};
  std::vector<fs::path> tls{};  ///< certificate and key; empty: not encrypted
  bool viewer = false;          ///< the link is for somebody who may only see
};

/// The studies that the page shows, with followers of those that run in other processes.
struct ShownStudies {
  std::vector<dashboard::Dashboard::Shown> studies{};
  std::vector<std::unique_ptr<runtime::FeedFollower>> followers{};

  void add_stored(const fs::path& directory, const study::Engine& engine,
                  std::shared_ptr<feed::Feed> feed) {
    auto importance = [of = runtime::importance_of(engine)](const std::string& metric) {
      return of->of(metric);
    };
    studies.push_back({engine.study().name, std::move(feed),
                       std::make_shared<dashboard::StudyApi>(runtime::log_reader(directory),
                                                             std::move(importance)),
                       false});
  }
  void add_running(const fs::path& directory, std::shared_ptr<feed::Feed> feed) {
    auto follower = runtime::FeedFollower::begin(directory, feed).or_throw();
    auto ask = [directory](const dashboard::Request& request) {
      return ask_coordinator(directory, request);
    };
    studies.push_back(
        {follower->name(), std::move(feed),
         std::make_shared<dashboard::StudyApi>(dashboard::StudyApi::ReadLog(),
                                               dashboard::StudyApi::Importance(), std::move(ask))});
    followers.push_back(std::move(follower));
  }
};

/// Serves the page until a signal.
int serve(const DashboardOptions& options, std::vector<dashboard::Dashboard::Shown> studies) {
  StopOnSignals signals(std::chrono::seconds(5));
  dashboard::Dashboard page(runtime::secrets_of(runtime::make_secret()), std::move(studies));
  dashboard::ServerOptions listen{
      .host = options.host, .port = options.port, .names = runtime::host_names()};
  if (!options.tls.empty()) listen.tls = {options.tls.front(), options.tls.back()};
  auto server = dashboard::HttpServer::open(
                    std::move(listen),
                    [&](const dashboard::Request& request, dashboard::Reply reply) {
                      if (dashboard::Dashboard::answers(request))
                        return page.handle(request, std::move(reply));
                      reply(dashboard::problem(404, "no study runs here"));
                    },
                    [&](const dashboard::Request& request, dashboard::Wake wake) {
                      return page.open_socket(request, std::move(wake));
                    },
                    [&](const dashboard::Request& head) {
                      return dashboard::Dashboard::answers(head) ? page.authorize(head)
                                                                 : dashboard::Authorization{};
                    })
                    .or_throw();
  auto link = page.authenticator().make_link(options.viewer ? dashboard::Role::viewer
                                                            : dashboard::Role::operating);
  std::cout << runtime::where_it_is(*server, options.host, link) << "end it with Ctrl-C"
            << std::endl;
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, signals.token(), [] { return false; });
  return 0;
}

/// Serves the page of stopped studies until a signal; for a running one, prints its page's address.
int show_dashboard(const DashboardOptions& options) {
  ShownStudies shown;
  for (const auto& directory : options.directories) {
    auto feed = std::make_shared<feed::Feed>();
    auto stored = runtime::read_stored_study(directory, feed.get());
    const bool runs = !stored && stored.error().code == Errc::locked;
    if (runs && options.directories.size() == 1) {
      auto coordinator = runtime::Coordinator::of(directory).or_throw();
      std::cout << directory.string() << " is running, and shows itself:\n"
                << coordinator.page() << link_of(coordinator, options.viewer) << '\n';
      return 0;
    }
    if (runs) {
      shown.add_running(directory, std::move(feed));
    } else {
      if (!stored) throw Exception(stored.error());
      shown.add_stored(directory, **stored, std::move(feed));
    }
  }
  return serve(options, std::move(shown.studies));
}

}  // namespace

void add_dashboard(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<DashboardOptions>();
  auto* command =
      add_command(app, invocation, "dashboard", "Show studies in the browser",
                  "sherpa dashboard output/digits", [options] { return show_dashboard(*options); });
  command->add_option("DIR", options->directories, "the studies' output directories")->required();
  command->add_option("--host", options->host, "address to listen on, such as 0.0.0.0 for all")
      ->capture_default_str();
  command->add_option("--port", options->port, "default: the first free one of 8880 to 9999");
  command->add_option("--tls", options->tls, "certificate and key, as PEM files, for HTTPS")
      ->type_name("CERTIFICATE KEY")
      ->expected(2);
  command->add_flag("--viewer", options->viewer, "print a link for viewers, who may not steer");
}

}  // namespace sherpa::cli
