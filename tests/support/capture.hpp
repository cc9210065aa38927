#pragma once

#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace sherpa::testing_support {

/// Runs this on a thread of another host (two_hosts.hpp): what it opens stays there.
inline void run_on(const std::string& host, const std::function<void()>& what) {
  bool there = false;
  std::thread([&] {
    int name = ::open(("/run/netns/" + host).c_str(), O_RDONLY | O_CLOEXEC);
    there = ::setns(name, CLONE_NEWNET) == 0;
    ::close(name);
    if (there) what();
  }).join();
  if (!there) throw std::runtime_error("cannot enter the network namespace " + host);
}

/// What went over a cable.
struct Captured {
  struct Stream {
    std::map<std::uint32_t, std::string> parts{};  // by their distance from the beginning
    std::uint32_t first = 0;                       // number of the first byte
    bool from_the_beginning = false;

    /// Empty where bytes are missing.
    std::string bytes() const {
      std::string all;
      for (const auto& [at, part] : parts) {
        if (!from_the_beginning || at > all.size()) return {};
        if (at + part.size() > all.size()) all.append(part, all.size() - at, part.npos);
      }
      return all;
    }
  };
  std::map<std::string, Stream>
      streams{};      // of TCP, each way for itself: "10.77.0.2:40000 > 10.77.0.1:5000"
  std::string raw{};  // all there was, as it was
  std::size_t packets = 0, lost = 0;
  std::set<int> protocols{};  // of IPv4
};

/// Listens at `eth0` of a host until it is asked for its packets.
class Capture {
 public:
  explicit Capture(const std::string& host) : stop_(::eventfd(0, EFD_CLOEXEC)) {
    run_on(host, [&] {
      packets_ = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
      int size = 64 << 20;
      ::setsockopt(packets_, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
      sockaddr_ll at{};
      at.sll_family = AF_PACKET;
      at.sll_protocol = htons(ETH_P_ALL);
      at.sll_ifindex = static_cast<int>(::if_nametoindex("eth0"));
      if (::bind(packets_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
        ::close(std::exchange(packets_, -1));
    });
    if (packets_ < 0) throw std::runtime_error("cannot listen at eth0 of " + host);
    thread_ = std::thread([this] { listen(); });
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  ~Capture() {
    stop();
    ::close(packets_);
    ::close(stop_);
  }

  Captured stop() {
    if (thread_.joinable()) {
      std::uint64_t one = 1;
      [[maybe_unused]] auto ignored = ::write(stop_, &one, sizeof one);
      thread_.join();
      tpacket_stats lost{};
      socklen_t size = sizeof lost;
      ::getsockopt(packets_, SOL_PACKET, PACKET_STATISTICS, &lost, &size);
      captured_.lost = lost.tp_drops;
    }
    return captured_;
  }

 private:
  void listen() {
    std::vector<char> buffer(std::size_t{256}
                             << 10);  // packets are put together before they are sent
    std::array<pollfd, 2> both{pollfd{packets_, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
    while (true) {
      ::poll(both.data(), both.size(), -1);
      if ((both[0].revents & POLLIN) == 0) return;  // everything before the stop is captured
      auto size = ::recv(packets_, buffer.data(), buffer.size(), MSG_TRUNC);
      if (size > static_cast<ssize_t>(buffer.size()))
        throw std::runtime_error("a packet was cut off");
      if (size > 0) add_packet({buffer.data(), static_cast<std::size_t>(size)});
    }
  }
  static std::uint32_t number(std::string_view at, std::size_t bytes) {
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < bytes; ++i) out = out << 8 | static_cast<unsigned char>(at[i]);
    return out;
  }
  static std::string name(std::string_view address, std::string_view port) {
    std::string out;
    for (int i = 0; i < 4; ++i)
      out += (i > 0 ? "." : "") +
             std::to_string(number(address.substr(static_cast<std::size_t>(i)), 1));
    return out + ":" + std::to_string(number(port, 2));
  }
  void add_packet(std::string_view packet) {
    ++captured_.packets;
    captured_.raw += packet;
    constexpr std::size_t ethernet = 14, least = 20, address = 4;
    if (packet.size() < ethernet + least || number(packet.substr(12), 2) != ETHERTYPE_IP) return;
    auto ip = packet.substr(ethernet);
    captured_.protocols.insert(static_cast<int>(number(ip.substr(9), 1)));
    const auto header = std::size_t{4} * (number(ip, 1) & 0xf),
               size = std::size_t{number(ip.substr(2), 2)};
    if (number(ip.substr(9), 1) != IPPROTO_TCP || ip.size() < header + least || size > ip.size())
      return;
    auto tcp = ip.substr(header, size - header);
    auto& stream = captured_.streams[name(ip.substr(12, address), tcp) + " > " +
                                     name(ip.substr(16, address), tcp.substr(2))];
    auto sequence = number(tcp.substr(4), 4);
    if (constexpr std::uint32_t syn = 2; (number(tcp.substr(13), 1) & syn) != 0) {
      stream.first = sequence + 1;
      stream.from_the_beginning = true;
    }
    auto payload = tcp.substr(std::size_t{4} * (number(tcp.substr(12), 1) >> 4));
    auto& part = stream.parts[sequence - stream.first];
    if (payload.size() > part.size()) part = payload;
    if (part.empty()) stream.parts.erase(sequence - stream.first);
  }

  int packets_ = -1;
  const int stop_;
  Captured captured_;
  std::thread thread_;
};

}  // namespace sherpa::testing_support
