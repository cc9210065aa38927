#include "runtime/coordinator/study_page.hpp"

#include "core/base/files.hpp"
#include "core/base/log.hpp"
#include "core/base/spawn.hpp"
#include "runtime/coordinator/open_study.hpp"
#include "runtime/secrets.hpp"
#include "runtime/store/endpoint.hpp"
#include "runtime/store/study_directory.hpp"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <utility>

namespace sherpa::runtime {

namespace fs = std::filesystem;

namespace {

/// What the file `token` in a study's directory holds, so that pages that are open go on after a
/// restart; without one, a new one.
std::string study_token(const fs::path& output_dir) {
  if (output_dir.empty()) return make_secret();
  std::ifstream in(output_dir / "token");
  std::string token;
  std::getline(in, token);
  std::error_code error;
  auto permissions = fs::status(output_dir / "token", error).permissions();
  bool ours_alone =
      !error && (permissions & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none;
  bool is_one =
      token.size() == 64 && token.find_first_not_of("0123456789abcdef") == std::string::npos;
  return is_one && ours_alone ? token : make_secret();
}

}  // namespace

dashboard::Authenticator::Secrets secrets_of(const std::string& token) {
  return {.token = token, .hash = hash_secret, .make = make_secret};
}

dashboard::StudyApi::ReadLog log_reader(const fs::path& output_dir) {
  return [jobs = output_dir / "jobs"](TrialId trial) -> Result<std::string> {
    constexpr std::streamoff most = 64 * 1024;
    auto file = jobs / ("trial_" + std::to_string(trial) + ".out");
    std::ifstream in(file, std::ios::binary);
    if (!in)
      return Error{Errc::invalid_argument,
                   "trial " + std::to_string(trial) + " has left no " + file.string()};
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
  auto name = base::host_name();
  std::vector<std::string> out{name};
  if (auto dot = name.find('.'); dot != std::string::npos) out.push_back(name.substr(0, dot));
  return out;
}

std::string where_it_is(const dashboard::HttpServer& server, const std::string& host,
                        const std::string& link) {
  const auto name = host_names().front();
  const auto port = std::to_string(server.port());
  const auto url = server.page_url();
  const auto scheme = url.substr(0, url.find("//") + 2);
  std::string out = "dashboard      " + url + link + "\n";
  bool here_only = host == "localhost" || host == "::1" || host.starts_with("127.");
  if (!here_only)
    out += "from others    " + scheme + (server.name().empty() ? name : server.name()) + ":" +
           port + link + "\n";
  const char* user = std::getenv("USER");
  auto at = url.substr(scheme.size());
  return out + "by a tunnel    ssh -N -L " + port + ":" + at + " " +
         (user ? std::string(user) + "@" : "") + name +
         "   and then the first address (it works once)\n";
}

StudyPage::StudyPage(const Options& options)
    : output_dir_(options.output_dir.empty() ? fs::path() : fs::absolute(options.output_dir)),
      host_(options.host),
      shown_(options.shown),
      token_(study_token(output_dir_)),
      others_(options.others),
      study_api_(std::make_shared<dashboard::StudyApi>(
          output_dir_.empty() ? dashboard::StudyApi::ReadLog() : log_reader(output_dir_),
          [importance = importance_](const std::string& metric) {
            return importance->of(metric);
          })),
      dashboard_(secrets_of(token_), {{options.name, feed_, study_api_}}) {}

Result<std::unique_ptr<StudyPage>> StudyPage::open(Options options) {
  std::unique_ptr<StudyPage> page(new StudyPage(options));
  // Scripts know the study by its address: after a restart it is the former one, if that is free.
  auto wanted = options.port;
  if (auto former = read_endpoint(page->output_dir_); !wanted && former) wanted = former->port();
  dashboard::Upgrade show;
  if (options.shown)
    show = [at = page.get()](const dashboard::Request& request, dashboard::Wake wake) {
      return at->dashboard_.open_socket(request, std::move(wake));
    };
  auto server = dashboard::HttpServer::open(
      {.host = options.host, .port = wanted, .names = host_names(), .tls = options.tls},
      [at = page.get()](const dashboard::Request& request, dashboard::Reply reply) {
        at->answer(request, std::move(reply));
      },
      show, [at = page.get()](const dashboard::Request& head) { return at->authorize(head); });
  if (!server) return server.error();
  page->server_ = *std::move(server);
  if (options.port && page->server_->port() != *options.port)
    base::log(LogLevel::warning, "port " + std::to_string(*options.port) +
                                     " is in use; the study listens at " + page->server_->url());
  return page;
}

StudyPage::~StudyPage() {
  if (server_) server_->say_the_last(std::chrono::seconds(1));
}

bool StudyPage::is_about_study(const dashboard::Request& request) const {
  return shown_ ? dashboard::Dashboard::answers(request) : dashboard::StudyApi::answers(request);
}

dashboard::Authorization StudyPage::authorize(const dashboard::Request& head) const {
  if (is_about_study(head)) return dashboard_.authorize(head);
  return others_.authorize ? others_.authorize(head) : dashboard::Authorization{};
}

void StudyPage::answer(const dashboard::Request& request, dashboard::Reply reply) {
  if (is_about_study(request)) {
    dashboard_.handle(request, std::move(reply));
  } else if (others_.handle) {
    others_.handle(request, std::move(reply));
  } else {
    reply(dashboard::problem(404, "there is no " + std::string(request.path())));
  }
}

Result<void> StudyPage::announce(const StudyDirectory* directory) {
  if (directory) {
    if (auto done = base::replace_file(output_dir_ / "token", token_ + "\n", 0600); !done)
      return done;
    if (auto done = write_endpoint(output_dir_, server_->url(), directory->lock->epoch(),
                                   server_->page_url());
        !done)
      return done;
  }
  if (shown_)
    std::cerr << where_it_is(*server_, host_,
                             dashboard_.authenticator().make_link(dashboard::Role::operating));
  return {};
}

void StudyPage::attach(study::Steerable* study, const space::SearchSpace& space) {
  importance_->attach(space,
                      study ? [study] { return study->results(); } : std::function<Results()>());
  study_api_->attach({study, [space](const Configuration& c) {
                        return space.fit(c, space::SearchSpace::Extras::refuse);
                      }});
}

Result<std::unique_ptr<StudyPage>> page_of(const StudySetup& setup) {
  if (!setup.dashboard) return std::unique_ptr<StudyPage>();
  const auto& wanted = *setup.dashboard;
  StudyPage::Options options{.name = name_of(setup),
                             .output_dir = setup.output_dir,
                             .host = wanted.host,
                             .port = wanted.port};
  if (!wanted.certificate.empty() || !wanted.key.empty())
    options.tls = {wanted.certificate, wanted.key};
  return StudyPage::open(std::move(options));
}

}  // namespace sherpa::runtime
