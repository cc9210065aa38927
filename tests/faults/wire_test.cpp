#include "runtime/tls_link/join_file.hpp"
#include "tests/support/capture.hpp"
#include "tests/support/own_address.hpp"
#include "tests/support/process.hpp"
#include "tests/support/two_hosts.hpp"

#include <sherpa/study.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <utility>

// What can be captured on the network between two hosts of a study.
namespace sherpa::testing_support {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// Bytes within TLS records that hold encrypted data; nothing where it is not records from its
/// beginning to its end.
std::optional<std::size_t> encrypted(std::string_view stream) {
  constexpr std::size_t header = 5, most = (1 << 14) + 256;
  constexpr char change_cipher = 20, handshake = 22, data = 23;
  std::size_t bytes = 0;
  bool begun = false;
  while (!stream.empty()) {
    if (stream.size() < header || stream[1] != 3 || stream[2] < 1 || stream[2] > 3) return {};
    auto size = std::size_t{static_cast<unsigned char>(stream[3])} << 8 |
                static_cast<unsigned char>(stream[4]);
    if (size > most || stream.size() < header + size) return {};
    if (stream[0] == data) {
      bytes += size;
    } else if (stream[0] != change_cipher &&
               !(stream[0] == handshake && !std::exchange(begun, true))) {
      return {};  // of a handshake only the first message is not encrypted
    }
    stream.remove_prefix(header + size);
  }
  return bytes;
}

/// Says something over TCP from one host to the other, as a program without any care would.
void say_plainly(const TwoHosts& hosts, const std::string& what) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  ::inet_pton(AF_INET, "10.77.0.1", &to.sin_addr);
  socklen_t size = sizeof to;
  int listener = -1, client = -1;
  run_on(hosts.one(), [&] { listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); });
  run_on(hosts.other(), [&] { client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); });
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&to), size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&to), &size);
  ASSERT_EQ(::connect(client, reinterpret_cast<const sockaddr*>(&to), size), 0);
  ASSERT_EQ(::send(client, what.data(), what.size(), 0), static_cast<ssize_t>(what.size()));
  ::shutdown(client, SHUT_WR);
  int server = ::accept(listener, nullptr, nullptr);
  std::array<char, 256> buffer{};
  while (::recv(server, buffer.data(), buffer.size(), 0) > 0) {}
  for (int fd : {server, client, listener}) ::close(fd);
}

TEST(Wire, CarriesNothingButTls) {
  SHERPA_TWO_HOSTS(hosts);
  Scratch scratch;
  const auto output = scratch / "out";
  const std::string parameter = "combination_of_the_safe", value = "open-sesame-7391",
                    name = "project-blue-book";
  std::ofstream(scratch / "study.yaml")
      << "sherpa: 1\nname: " << name
      << "\nlower_is_better: true\nparameters:\n  - {name: " << parameter
      << ", type: choice, range: [" << value << "]}\n"
      << "algorithm: {name: RandomSearch, max_num_trials: 4}\noutput_dir: " << output.string()
      << "\ndashboard: {host: " << own_address() << "}\nworkers: {launch: none}\nrun:\n"
      << "  command: 'cat $SHERPA_TOKEN_FILE >> " << (scratch / "tokens").string()
      << "; for i in 1 2 3 4; do " SHERPA_COMMAND " trial report --objective 41.0625 --iteration $i"
      << " --context brier_score=0.1875 || exit; done; echo {" << parameter << "}'\n";
  Capture wire(hosts.other());
  Process run(TwoHosts::on(hosts.one(), {SHERPA_COMMAND, "run", scratch / "study.yaml"}));
  wait_until([&] { return run.has_ended() || std::filesystem::exists(output / "join"); });
  ASSERT_FALSE(run.has_ended()) << run.wait().err;
  Process worker(TwoHosts::on(hosts.other(), {SHERPA_COMMAND, "worker", "--join", output / "join",
                                              "--name", "inconspicuous"}));
  EXPECT_EQ(run.wait().exit_code(), 0) << run.wait().err;
  EXPECT_EQ(worker.wait().exit_code(), 0) << worker.wait().err;
  const auto captured = wire.stop();
  ASSERT_EQ(load_results(output).with_status(TrialStatus::completed).size(), 4u);
  const auto token = read_file(scratch / "tokens").substr(0, 40);
  ASSERT_EQ(token.size(), 40u);

  EXPECT_EQ(captured.lost, 0u);
  EXPECT_THAT(captured.protocols, ElementsAre(IPPROTO_TCP));
  EXPECT_GE(captured.streams.size(), 2u);
  for (const auto& [flow, stream] : captured.streams) {
    auto bytes = encrypted(stream.bytes());
    ASSERT_TRUE(bytes) << flow;
    EXPECT_GT(*bytes, 2000u) << flow;
  }
  const auto join = runtime::tls_link::read_join_file(output / "join").or_throw();
  for (const std::string& secret :
       {parameter, value, name, token, join.study, std::string("trial report"),
        std::string(SHERPA_COMMAND), output.string(), std::string("inconspicuous"),
        std::string("brier_score"), std::string("objective"), std::string("\x40\x44\x88\0\0", 5),
        join.worker.key.substr(40, 40)})
    EXPECT_THAT(captured.raw, Not(HasSubstr(secret)));

  // Unencrypted secrets are found.
  Capture again(hosts.other());
  say_plainly(hosts, parameter + "=" + value + std::string(200, '.'));
  const auto plain = again.stop();
  EXPECT_THAT(plain.raw, HasSubstr(value));
  ASSERT_EQ(plain.streams.size(), 2u);
  for (const auto& [flow, stream] : plain.streams)
    if (flow.ends_with("10.77.0.1:" + flow.substr(flow.rfind(':') + 1))) {
      EXPECT_THAT(stream.bytes(), testing::StartsWith(parameter));
      EXPECT_FALSE(encrypted(stream.bytes()));
    }
}

}  // namespace
}  // namespace sherpa::testing_support
