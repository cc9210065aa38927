#pragma once

#include "core/feed/feed.hpp"
#include "dashboard/authenticator.hpp"
#include "dashboard/http/http.hpp"
#include "dashboard/study_api.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sherpa::dashboard {

/// What a viewer asks for when it connects.
struct Viewing {
  Role role = Role::viewer;
  std::vector<std::string> studies{};  ///< names of all there are
  std::size_t study = 0;               ///< which of them
  std::string uuid{};                  ///< of the one that it has seen before; empty: none
  study::Seq after = 0;                ///< up to which fact
  bool alive = true;                   ///< a coordinator runs the study
};

/// One viewer's end of a web socket: greeting, snapshot, frames; and answers to its requests.
std::unique_ptr<SocketUser> make_feed_viewer(Viewing viewing, std::shared_ptr<feed::Feed> feed,
                                             std::shared_ptr<StudyApi> study_api, Wake wake);

}  // namespace sherpa::dashboard
