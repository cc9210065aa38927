#include "dashboard/feed_viewer.hpp"

#include "core/base/clock.hpp"
#include "core/feed/enumerations.hpp"
#include "dashboard/http/json_body.hpp"

#include <deque>
#include <mutex>
#include <utility>

namespace sherpa::dashboard {

using space::json::Json;

namespace {

constexpr std::size_t most_asked = 16;  // requests that wait for an answer

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Answers that wait to be sent. Other threads add them, perhaps after the viewer has disconnected.
struct Inbox {
  std::mutex mutex;
  std::deque<std::string> answers;
  std::size_t asked = 0;
  Wake wake;

  /// `id` is JSON.
  void answer(const std::string& id, Response response) {
    auto body = Json::parse(response.body, nullptr, false);
    Json out{{"reply", Json::parse(id)},
             {"status", response.status},
             {"body", body.is_discarded() ? Json(response.body) : std::move(body)}};
    {
      std::scoped_lock lock(mutex);
      answers.push_back(text_of(out));
    }
    wake();
  }
};

class FeedViewer final : public SocketUser {
 public:
  FeedViewer(Viewing viewing, std::shared_ptr<feed::Feed> feed, std::shared_ptr<StudyApi> study_api,
             Wake wake)
      : viewing_(std::move(viewing)), feed_(std::move(feed)), study_api_(std::move(study_api)) {
    inbox_->wake = std::move(wake);
  }

  std::optional<Message> next(bool woken) override {
    if (woken) keeps_up_ = false;  // until the feed is asked, whatever is sent first
    if (auto answer = take_answer())
      return Message{std::make_shared<const std::string>(*std::move(answer)), false};
    if (!greeted_) return greet();
    if (keeps_up_) return std::nullopt;
    auto frame = feed_->after(seen_);
    keeps_up_ = !frame || frame->to == feed_->last();
    if (!frame) return std::nullopt;
    seen_ = frame->to;
    return Message{frame->bytes, true};
  }

  bool receive(std::string message) override {
    auto parsed = parse_body(message);
    if (!parsed) return false;
    auto& asked = *parsed;
    if (!asked.is_object() || !asked.contains("ask") || !asked.contains("method") ||
        !asked["method"].is_string() || !asked.contains("path") || !asked["path"].is_string())
      return false;
    {
      std::scoped_lock lock(inbox_->mutex);
      if (++inbox_->asked > most_asked) return false;
    }
    Request request{.method = asked["method"],
                    .target = "/api/v1/study" + asked["path"].get<std::string>()};
    if (asked.contains("body")) request.body = asked["body"].dump();
    auto reply = [inbox = inbox_, id = asked["ask"].dump()](Response response) {
      inbox->answer(id, std::move(response));
    };
    if (!StudyApi::answers(request)) {
      reply(problem(404, "there is no such path"));
    } else {
      study_api_->handle(request, viewing_.role, reply);
    }
    return true;
  }

 private:
  std::optional<std::string> take_answer() {
    std::scoped_lock lock(inbox_->mutex);
    if (inbox_->answers.empty()) return std::nullopt;
    auto out = std::move(inbox_->answers.front());
    inbox_->answers.pop_front();
    --inbox_->asked;
    return out;
  }

  /// A viewer that has seen this study continues from its last fact; others get a snapshot.
  std::optional<Message> greet() {
    auto snapshot = feed_->snapshot();
    if (!snapshot) return std::nullopt;
    Json greeting{{"protocol", 1},
                  {"role", viewing_.role == Role::operating ? "operator" : "viewer"},
                  {"studies", viewing_.studies},
                  {"index", viewing_.study},
                  {"enumerations", feed::enumerations()},
                  {"alive", viewing_.alive},
                  {"now", static_cast<double>(base::read_clocks().wall) / 1000}};
    bool goes_on =
        viewing_.uuid == feed_->uuid() && viewing_.after > 0 && viewing_.after <= feed_->last();
    greeting["goes_on"] = goes_on;
    auto text = text_of(greeting);
    if (goes_on) {
      seen_ = viewing_.after;
    } else {
      text.pop_back();
      text += "," + *snapshot->bytes + "}";
    }
    greeted_ = true;
    return Message{std::make_shared<const std::string>(std::move(text)), false};
  }

  const Viewing viewing_;
  const std::shared_ptr<feed::Feed> feed_;
  const std::shared_ptr<StudyApi> study_api_;
  const std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  bool greeted_ = false, keeps_up_ = false;
  study::Seq seen_ = 0;
};

}  // namespace

std::unique_ptr<SocketUser> make_feed_viewer(Viewing viewing, std::shared_ptr<feed::Feed> feed,
                                             std::shared_ptr<StudyApi> study_api, Wake wake) {
  return std::make_unique<FeedViewer>(std::move(viewing), std::move(feed), std::move(study_api),
                                      std::move(wake));
}

}  // namespace sherpa::dashboard
