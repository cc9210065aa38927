// What somebody says over the page's web socket: whole conversations, one message a line, with a
// study behind it. The first byte says who it is and what they have seen.

#include "core/space/search_space.hpp"
#include "dashboard/feed_viewer.hpp"
#include "tests/fuzz/target.hpp"

#include <nlohmann/json.hpp>

#include <condition_variable>
#include <mutex>
#include <set>

using namespace sherpa;
using namespace sherpa::dashboard;
using nlohmann::json;

std::vector<std::string> fuzz::seeds() {
  std::vector<std::string> out;
  std::vector<std::string> said{
      R"({"ask": 1, "method": "GET", "path": ""})",
      R"({"ask": "x", "method": "GET", "path": "/results.csv"})",
      R"({"ask": null, "method": "GET", "path": "/results.json"})",
      R"({"ask": {"a": [1]}, "method": "GET", "path": "/log?trial=7"})",
      R"({"ask": 5, "method": "POST", "path": "/pause"})",
      R"({"ask": 6, "method": "POST", "path": "/resume", "body": {}})",
      R"({"ask": 7, "method": "POST", "path": "/limit", "body": {"max_concurrent": 4}})",
      R"({"ask": 8, "method": "POST", "path": "/enqueue", "body": {"parameters": {"lr": 0.5, "act": "relu", "n": 3}}})",
      R"({"ask": 9, "method": "POST", "path": "/enqueue", "body": {"parameters": {"lr": NaN, "act": ["\u00e4", [1]]}}})",
      R"({"ask": 1e400, "method": "POST", "path": "/stop", "body": {"trial": 18446744073709551615}})",
      R"({"ask": 1, "method": "POST", "path": "/stop", "body": {"trial": 1}})",
      R"({"ask": 1, "method": "GET", "path": "/../links"})",
      R"({"ask": )" + std::string(60, '[') + std::string(60, ']') +
          R"(, "method": "GET", "path": ""})",
      "[]"};
  std::string all;
  for (const auto& one : said) {
    out.push_back("\x07" + one);
    all += one + "\n";
  }
  out.push_back("\x03" + all);
  out.push_back("\x02" + all);
  return out;
}

namespace {

class FakeStudy final : public study::Steerable {
 public:
  void steer(study::SteeringCommand, std::function<void(Result<void>)> done) override {
    ++steered;
    done({});
  }
  void progress(std::function<void(Result<Progress>)> show) override { show(Progress{}); }
  Results results() const override { return {}; }
  int steered = 0;
};

/// What all inputs talk to.
struct Shown {
  Shown() {
    study::Seq seq = 0;
    auto tell = [&](study::Fact fact) {
      study::Entry entry{.seq = ++seq, .at = 1, .fact = std::move(fact)};
      feed->show({&entry, 1});
    };
    tell(study::fact::StudyCreated{
        .uuid = "u-1", .name = "digits", .parameters = "[]", .algorithm = "{}"});
    for (int i = 0; i < 20; ++i)
      tell(study::fact::Observation{.trial = 1, .attempt = 1, .iteration = i, .objective = 0.5});
    study_api->attach({&steerable, [this](const Configuration& c) {
                         return space.fit(c, space::SearchSpace::Extras::refuse);
                       }});
  }
  FakeStudy steerable;
  space::SearchSpace space =
      space::SearchSpace::make(
          {Continuous{"lr", {0, 1}}, Choice{"act", {"relu", "tanh"}}, Discrete{"n", {1, 9}}})
          .or_throw();
  std::shared_ptr<feed::Feed> feed = std::make_shared<feed::Feed>(8);
  std::shared_ptr<StudyApi> study_api = std::make_shared<StudyApi>([](TrialId trial)
                                                                       -> Result<std::string> {
    if (trial == 7) return std::string("epoch 1\xff\n");
    return Error{Errc::invalid_argument, "trial " + std::to_string(trial) + " has written nothing"};
  });
};

/// Tells when there may be something to read: tables are written on another thread.
struct Bell {
  std::mutex mutex;
  std::condition_variable rung;
  std::size_t rings = 0, received = 0;
  void ring() {
    std::scoped_lock lock(mutex);
    ++rings;
    rung.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex);
    rung.wait(lock, [this] { return rings > received; });
    ++received;
  }
};

void check_answer(const std::string& bytes, std::multiset<std::string>& asked,
                  std::size_t& greetings) {
  auto message = json::parse(bytes);
  if (!message.contains("reply")) {
    ++greetings;
    fuzz::require(message.at("protocol") == 1, "neither an answer nor a greeting");
    return;
  }
  auto at = asked.find(message.at("reply").dump());
  fuzz::require(at != asked.end(), "an answer to nothing");
  asked.erase(at);
  static const std::set<int> statuses{200, 400, 403, 404, 405};
  fuzz::require(statuses.contains(message.at("status").get<int>()), "an unexpected status");
  if (message.at("status") == 200) return;
  auto detail = message.at("body").at("detail").get<std::string>();
  fuzz::require(!detail.empty() && detail.size() < 4096 && detail.find('\n') == std::string::npos,
                "an error that is not one line");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Shown shown;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const unsigned first = text.empty() ? 0 : data[0];
  text.remove_prefix(std::min<std::size_t>(text.size(), 1));
  auto bell = std::make_shared<Bell>();
  const bool operates = (first & 1) != 0;
  auto viewer = make_feed_viewer({.role = operates ? Role::operating : Role::viewer,
                                  .studies = {"digits"},
                                  .uuid = (first & 2) != 0 ? "u-1" : "",
                                  .after = first >> 2},
                                 shown.feed, shown.study_api, [bell] { bell->ring(); });
  const int before = shown.steerable.steered;
  std::multiset<std::string> asked;  // and not answered yet
  std::size_t greetings = 0;
  bool ended = false;
  auto receive = [&](bool woken) {
    while (auto message = viewer->next(std::exchange(woken, false)))
      if (!message->binary) check_answer(*message->bytes, asked, greetings);
  };
  receive(true);
  while (!ended && !text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    std::string said(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!viewer->receive(said)) {
      ended = true;
      break;
    }
    auto one = json::parse(said, nullptr, false);
    // Bare NaN stands for a text there.
    if (one.is_discarded()) return 0;
    asked.insert(one.at("ask").dump());
    receive(true);
  }
  while (!ended && !asked.empty()) {
    bell->wait();
    receive(true);
  }
  fuzz::require(greetings <= 1 && (ended || greetings == 1), "not greeted once");
  fuzz::require(operates || shown.steerable.steered == before, "a viewer steers");
  return 0;
}
