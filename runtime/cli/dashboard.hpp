#pragma once

#include "dashboard/doorkeeper.hpp"
#include "dashboard/http_server.hpp"
#include "dashboard/study_door.hpp"

#include <filesystem>
#include <string>
#include <vector>

/// What `sherpa run` and `sherpa dashboard` have in common.
namespace sherpa::cli {

/// What the file `token` in a study's directory holds, so that pages that are open go on after a restart; without one, a new one.
std::string study_token(const std::filesystem::path& output_dir);
dashboard::Doorkeeper::Secrets secrets_of(const std::string& token);

/// The end of what a trial's program wrote, at most 64 KiB.
dashboard::StudyDoor::ReadLog log_reader(const std::filesystem::path& output_dir);

/// The names by which others call this host.
std::vector<std::string> host_names();

/// Says where the page is: on this host, from others, and through a tunnel. `link` is a path that works once.
std::string where_it_is(const dashboard::HttpServer& server, const std::string& host, const std::string& link);

}  // namespace sherpa::cli
