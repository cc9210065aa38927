#pragma once

#include "core/feed/feed.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sherpa::cli {

/// The page with everything it shows in one file, which makes no requests. `importance`: JSON, as
/// StudyImportance gives it, or null. `alive`: a coordinator runs the study.
std::string html_report(feed::Feed& feed, const std::string& name, const std::string& importance,
                        bool alive);

/// Modules of the page as one: each in a function of its own, after those that it imports. `main`
/// comes last.
std::string in_one_script(const std::vector<std::pair<std::string, std::string_view>>& modules,
                          const std::string& main);

}  // namespace sherpa::cli
