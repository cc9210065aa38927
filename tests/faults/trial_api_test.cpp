#include "runtime/store/endpoint.hpp"
#include "runtime/store/sqlite_store.hpp"
#include "tests/support/command_study.hpp"
#include "tests/support/http.hpp"
#include "tests/support/own_address.hpp"
#include "tests/support/process.hpp"

#include <sherpa/study.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <fstream>

// What trials' programs say through the command and over HTTP, and strangers at the same port.
namespace sherpa {
namespace {

using testing::HasSubstr;
using testing_support::Process;
using testing_support::wait_until;
using testing_support::Wire;

class TrialApiOfAStudy : public testing_support::CommandStudy {
 protected:
  /// A study with `trials` trials, each of which runs a shell command.
  std::filesystem::path study(const std::string& command, int trials) {
    std::ofstream(file)
        << "sherpa: 1\nlower_is_better: true\nparameters:\n  - {name: x, type: continuous, range: "
           "[0, 1]}\nalgorithm: {name: RandomSearch, max_num_trials: "
        << trials << "}\noutput_dir: " << output.string() << "\ndashboard: {host: " << address
        << "}\nrun:\n  command: |\n    " << command << "\n  max_concurrent: 2\n";
    return file;
  }
  std::uint16_t port() const {
    wait_until([&] { return runtime::read_endpoint(output).has_value(); });
    return runtime::read_endpoint(output)->port().value();
  }

  const std::string address = testing_support::own_address();
};

TEST_F(TrialApiOfAStudy, IsThereForTrialsWhileStrangersCrowdThePort) {
  constexpr rlim_t descriptors = 256;
  auto go = (scratch / "go").string();
  auto file = study(
      "while [ ! -e " + go + " ]; do sleep 0.05; done; sherpa trial report --objective 1", 12);
  Process run(sherpa({"run", file}), path(), [] {
    rlimit few{descriptors, descriptors};
    ::setrlimit(RLIMIT_NOFILE, &few);
  });
  const auto at = port();
  std::vector<Wire> strangers;
  for (rlim_t i = 0; i < 2 * descriptors; ++i) {
    auto& one = strangers.emplace_back(at, "127.0.0.1", address.c_str());
    if (i % 3 == 1) one.send("POST /api/v1/observations HTTP/1.1\r\nX-Slow: ");
    if (i % 3 == 2)
      one.send(
          "POST /api/v1/observations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 990000\r\n"
          "\r\n" +
          std::string(10'000, ' '));
  }
  std::ofstream(go) << "go on\n";
  const auto& done = run.wait();
  EXPECT_EQ(done.exit_code(), 0) << done.err;
  EXPECT_EQ(load_results(output).with_status(TrialStatus::completed).size(), 12u) << done.err;
}

TEST_F(TrialApiOfAStudy, TheReasonThatATrialGivesForItsFailureIsKept) {
  auto file = study(
      "echo the last line; sherpa trial report --objective 1; sherpa trial end --status failed "
      "--message 'no such data'; exit 1",
      1);
  const auto done = Process(sherpa({"run", file}), path()).wait();
  EXPECT_EQ(load_results(output).with_status(TrialStatus::failed).size(), 1u) << done.err;
  std::string messages;
  auto store =
      runtime::SqliteStore::open(output, Durability::process, runtime::SqliteStore::Mode::read_only)
          .or_throw();
  store
      ->replay([&](study::Entry&& entry) -> Result<void> {
        if (const auto* end = std::get_if<study::fact::AttemptEnded>(&entry.fact))
          messages += end->detail.message;
        return {};
      })
      .or_throw();
  EXPECT_EQ(messages, "no such data");
}

}  // namespace
}  // namespace sherpa
