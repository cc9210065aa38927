#pragma once

#include <gtest/gtest.h>

#include <unistd.h>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sherpa::testing_support {

/// Two network namespaces with a cable between them, as two hosts of one network. They see the same
/// files.
class TwoHosts {
 public:
  /// Throws where namespaces cannot be made: only root may.
  TwoHosts() {
    run("ip netns add " + one());
    run("ip netns add " + other());
    run(within(one()) + "ip link add eth0 type veth peer name eth0 netns " + other());
    for (const auto& [host, address] :
         {std::pair(one(), "10.77.0.1/24"), std::pair(other(), "10.77.0.2/24")}) {
      run(within(host) + "ip addr add " + address + " dev eth0");
      run(within(host) + "ip link set lo up");
      run(within(host) + "ip link set eth0 up");
    }
  }
  ~TwoHosts() {
    for (const auto& host : {one(), other()})
      [[maybe_unused]] auto ignored = std::system(("ip netns del " + host).c_str());
  }
  TwoHosts(const TwoHosts&) = delete;
  TwoHosts& operator=(const TwoHosts&) = delete;

  std::string one() const { return "sherpa-a-" + id_; }
  std::string other() const { return "sherpa-b-" + id_; }
  /// A command on one of them.
  static std::vector<std::string> on(const std::string& host, std::vector<std::string> command) {
    command.insert(command.begin(), {"/usr/bin/nsenter", "--net=/run/netns/" + host});
    return command;
  }
  void cut() const { run(within(other()) + "ip link set eth0 down"); }
  void heal() const { run(within(other()) + "ip link set eth0 up"); }

 private:
  /// Does not use `ip -n`, which remounts the root directory and fails where that is not a mount.
  static std::string within(const std::string& host) {
    return "nsenter --net=/run/netns/" + host + " ";
  }
  static void run(const std::string& command) {
    if (std::system(("PATH=/usr/sbin:/sbin:/usr/bin:/bin " + command).c_str()) != 0)
      throw std::runtime_error(
          "cannot make network namespaces (" + command +
          "); run the tests as root, or leave these out with SHERPA_WITHOUT_NAMESPACES=1");
  }
  const std::string id_ = std::to_string(::getpid());
};

}  // namespace sherpa::testing_support

/// Two hosts; where there cannot be any, the test fails unless that was allowed.
#define SHERPA_TWO_HOSTS(hosts)                                                  \
  if (std::getenv("SHERPA_WITHOUT_NAMESPACES"))                                  \
    GTEST_SKIP() << "network namespaces: left out by SHERPA_WITHOUT_NAMESPACES"; \
  sherpa::testing_support::TwoHosts hosts
