#pragma once

#include "core/feed/feed.hpp"
#include "core/space/search_space.hpp"
#include "core/study/steering.hpp"
#include "dashboard/dashboard.hpp"
#include "dashboard/http/http_server.hpp"
#include "dashboard/study_api.hpp"
#include "runtime/coordinator/study_importance.hpp"

#include <sherpa/setup.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sherpa::runtime {

struct StudyDirectory;

dashboard::Authenticator::Secrets secrets_of(const std::string& token);

/// The end of what a trial's program wrote, at most 64 KiB.
dashboard::StudyApi::ReadLog log_reader(const std::filesystem::path& output_dir);

/// The names by which others call this host.
std::vector<std::string> host_names();

/// Says where the page is: on this host, from others, and through a tunnel. `link` is a path that
/// works once.
std::string where_it_is(const dashboard::HttpServer& server, const std::string& host,
                        const std::string& link);

/// Where a study that runs in this process listens: the page on which people watch and steer it,
/// and on the same port what else is asked over HTTP.
class StudyPage {
 public:
  struct Options {
    std::string name{};                  ///< of the study
    std::filesystem::path output_dir{};  ///< empty: in memory
    bool shown = true;                   ///< false: commands can steer it, but there is no page
    std::string host{"127.0.0.1"};       ///< as in ServerOptions
    /// Absent: where the study listened before, if that is free.
    std::optional<std::uint16_t> port{};
    std::optional<dashboard::TlsFiles> tls{};
    /// Answers what is not about the study as a whole; absent: nothing is there.
    dashboard::Service others{};
  };

  /// Listens from now on; about the study everything is answered 503 until it is attached. Errors:
  /// those of the server.
  static Result<std::unique_ptr<StudyPage>> open(Options options);
  /// Viewers see how it ended, for a second at most.
  ~StudyPage();
  StudyPage(const StudyPage&) = delete;
  StudyPage& operator=(const StudyPage&) = delete;

  /// To be shown the study's facts; null when there is no page. Lives as long as the page.
  study::Viewer* viewer() { return shown_ ? feed_.get() : nullptr; }
  /// Leaves the address and the secret in the study's directory (null: it has none), and says on
  /// standard error where the page is.
  Result<void> announce(const StudyDirectory* directory);
  /// The running study, from now on; null: no more.
  void attach(study::Steerable* study, const space::SearchSpace& space);

  /// `http://127.0.0.1:8880`
  std::string url() const { return server_->url(); }

 private:
  explicit StudyPage(const Options& options);
  bool is_about_study(const dashboard::Request& request) const;
  dashboard::Authorization authorize(const dashboard::Request& head) const;
  void answer(const dashboard::Request& request, dashboard::Reply reply);

  const std::filesystem::path output_dir_;
  const std::string host_;
  const bool shown_;
  const std::string token_;
  const dashboard::Service others_;
  std::shared_ptr<feed::Feed> feed_ = std::make_shared<feed::Feed>();
  std::shared_ptr<StudyImportance> importance_ = std::make_shared<StudyImportance>();
  std::shared_ptr<dashboard::StudyApi> study_api_;
  dashboard::Dashboard dashboard_;
  std::unique_ptr<dashboard::HttpServer> server_;  // last: its thread uses the others
};

/// The page that a setup asks for; null where it asks for none.
Result<std::unique_ptr<StudyPage>> page_of(const StudySetup& setup);

}  // namespace sherpa::runtime
