// What strangers do to the port, all over loopback, and what a worker that has turned bad does.

#include "core/study/wire.hpp"
#include "runtime/tls_link/openssl.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/tls_link.hpp"

#include <sherpa/random.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <deque>
#include <fstream>
#include <thread>

namespace sherpa::testing_support {
namespace {

using namespace std::chrono_literals;
using namespace sherpa::link;
using namespace runtime::tls_link::openssl;
using runtime::tls_link::Identity;
using runtime::tls_link::Party;
using testing::HasSubstr;

/// A plain connection, for any protocol.
class Tcp {
 public:
  explicit Tcp(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error("cannot connect");
    timeval most{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
  }
  Tcp(Tcp&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Tcp(const Tcp&) = delete;
  ~Tcp() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }
  void send(std::string_view bytes) const {
    (void)::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  /// What comes until the other end closes.
  std::string all() const {
    std::string out;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::recv(fd_, buffer, sizeof buffer, 0)) > 0;)
      out.append(buffer, static_cast<std::size_t>(n));
    return out;
  }

 private:
  int fd_;
};

/// A client that speaks TLS as it likes.
class Client {
 public:
  Client(std::uint16_t port, const Identity* identity, int newest = 0)
      : tcp_(port), context_(SSL_CTX_new(TLS_client_method())) {
    if (identity) {
      SSL_CTX_use_certificate(
          context_.get(),
          runtime::tls_link::openssl::read_certificate(identity->certificate).get());
      SSL_CTX_use_PrivateKey(context_.get(),
                             runtime::tls_link::openssl::read_key(identity->key).get());
    }
    if (newest != 0) SSL_CTX_set_max_proto_version(context_.get(), newest);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), tcp_.fd());
    shaken = SSL_connect(ssl_.get()) == 1;
  }
  void send(std::string_view bytes) {
    ERR_clear_error();
    SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  }
  /// What comes until the other end closes; `error` says how it did.
  std::string all() {
    std::string out;
    char buffer[4096];
    ERR_clear_error();
    for (int n = 0; (n = SSL_read(ssl_.get(), buffer, sizeof buffer)) > 0;)
      out.append(buffer, static_cast<std::size_t>(n));
    error = ERR_GET_REASON(ERR_peek_error());
    return out;
  }

  bool shaken = false;
  int error = 0;

 private:
  Tcp tcp_;
  runtime::tls_link::openssl::Context context_;
  runtime::tls_link::openssl::TlsSession ssl_;
};

std::string framed(const std::string& bytes) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(bytes.size() >> shift);
  return out + bytes;
}

/// What a client says first.
std::string client_hello() {
  runtime::tls_link::openssl::Context context(SSL_CTX_new(TLS_client_method()));
  runtime::tls_link::openssl::TlsSession ssl(SSL_new(context.get()));
  runtime::tls_link::openssl::Bio in(BIO_new(BIO_s_mem())), out(BIO_new(BIO_s_mem()));
  SSL_set_bio(ssl.get(), in.release(), out.get());
  BIO_up_ref(out.get());
  SSL_connect(ssl.get());
  return runtime::tls_link::openssl::text_of(out);
}

std::size_t descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    ++count;
  return count;
}

/// Bytes of memory that this process takes.
std::size_t resident() {
  std::size_t all = 0, pages = 0;
  std::ifstream("/proc/self/statm") >> all >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// A worker that has been there all along is there still, and a new one is admitted.
void still_serves(TlsWorld& world, Pair& pair) {
  auto received = world.look([&] { return pair.above->messages.size(); });
  EXPECT_TRUE(pair.up->send(batch_of(1)));
  EXPECT_TRUE(world.until([&] { return pair.above->messages.size() > received; }));
  auto fresh = world.dialer();
  std::optional<bool> came;
  fresh->dial(hello_of("new"), std::make_shared<Witness>(world),
              [&](auto result) { world.change([&] { came = bool(result); }); });
  ASSERT_TRUE(world.until([&] { return came.has_value(); }));
  EXPECT_TRUE(*came);
}

/// What a worker said when it came, as a relay has it.
std::string record_a_worker(TlsWorld& world, std::uint16_t port) {
  int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  EXPECT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&at), size), 0);
  EXPECT_EQ(::listen(listener, 1), 0);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
  std::string recorded;
  {
    std::jthread relay([&] {
      int client = ::accept(listener, nullptr, nullptr);
      Tcp server(port);
      std::jthread back([&] {
        char buffer[4096];
        for (ssize_t n = 0; (n = ::recv(server.fd(), buffer, sizeof buffer, 0)) > 0;)
          (void)::send(client, buffer, static_cast<std::size_t>(n), MSG_NOSIGNAL);
        ::shutdown(client, SHUT_WR);
      });
      char buffer[4096];
      for (ssize_t n = 0; (n = ::recv(client, buffer, sizeof buffer, 0)) > 0;) {
        recorded.append(buffer, static_cast<std::size_t>(n));
        server.send({buffer, static_cast<std::size_t>(n)});
      }
      ::shutdown(server.fd(), SHUT_WR);
      back.join();
      ::close(client);
    });
    {
      std::scoped_lock lock(world.join_mutex);
      world.join.port = ntohs(at.sin_port);
    }
    auto dialer = world.dialer();
    std::optional<bool> came;
    dialer->dial(hello_of("relayed"), std::make_shared<Witness>(world),
                 [&](auto r) { world.change([&] { came = bool(r); }); });
    EXPECT_TRUE(world.until([&] { return came.has_value(); }));
    EXPECT_TRUE(came.value_or(false));
  }
  ::close(listener);
  {
    std::scoped_lock lock(world.join_mutex);
    world.join.port = port;
  }
  return recorded;
}

struct HostileTest : testing::Test {
  CaughtLog log;
  TlsWorld world{[] {
    auto options = quick();
    options.hello = 2s;
    options.strangers = 64;
    options.strangers_per_address = 48;
    options.silence = 20s;  // not what is tried here
    return options;
  }()};
  Pair pair{world};
  std::uint16_t port = 0;
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to closed connections
    pair.connect();
    port = pair.listener->port();
  }
};

TEST_F(HostileTest, WithoutACertificateNobodyComesIn) {
  Client client(port, nullptr);
  client.send(framed(link::encode(hello_of("x"))));
  EXPECT_EQ(client.all(), "");
  EXPECT_EQ(client.error, SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED);
  pair.listener.reset();
  EXPECT_THAT(log.text(), HasSubstr("it showed no certificate"));
}

TEST(HostileName, ACertificateOfTheRightAuthorityForAnotherStudyIsRefused) {
  CaughtLog log;
  TlsWorld world;
  auto other = runtime::tls_link::Authority::make("other").or_throw();
  world.authority = other;
  world.coordinator = other.issue(Party::coordinator).or_throw();
  auto listener = world.listener();
  listener->open([](const link::Hello&, const auto&) -> Result<link::Listener::Welcomed> {
    return Error{Errc::internal, "greeted"};
  });
  auto worker = other.issue(Party::worker).or_throw();
  Client client(listener->port(), &worker);
  EXPECT_EQ(client.all(), "");
  EXPECT_EQ(client.error, SSL_R_SSLV3_ALERT_BAD_CERTIFICATE);
  listener.reset();
  EXPECT_THAT(log.text(), HasSubstr("its certificate is for study 'other', this is study 'study'"));
}

TEST_F(HostileTest, OlderTlsIsNotSpoken) {
  Client client(port, &world.join.worker, TLS1_2_VERSION);
  EXPECT_FALSE(client.shaken);
  Client newer(port, &world.join.worker);
  EXPECT_TRUE(newer.shaken);
  still_serves(world, pair);
}

TEST_F(HostileTest, PlainAndRandomBytesAreTurnedAway) {
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    Tcp tcp(port);
    std::string bytes = i % 3 == 0   ? "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
                        : i % 3 == 1 ? std::string("\x16\x03\x01\x02", 4)
                                     : "";
    for (auto n = random.below(2000); n > 0; --n) bytes += static_cast<char>(random.bits());
    tcp.send(bytes);
    ::shutdown(tcp.fd(), SHUT_WR);
    EXPECT_EQ(tcp.all().find("Sherpa"), std::string::npos);  // it ends
  }
  still_serves(world, pair);
}

TEST_F(HostileTest, SilentAndHalfShakenConnectionsByTheHundredsEnd) {
  const auto first = client_hello();
  auto before = descriptors();
  std::vector<Tcp> all;
  for (int i = 0; i < 400; ++i) {
    all.emplace_back(port);
    if (i % 3 == 1) all.back().send(std::string_view(first).substr(0, first.size() / 2));
    if (i % 3 == 2) all.back().send(first);  // answered, and then nothing
    if (i % 100 == 50) still_serves(world, pair);
  }
  EXPECT_LE(descriptors(), before + all.size() + 64 + 10) << "no more strangers than may be";
  for (const auto& tcp : all) tcp.all();
  all.clear();
  still_serves(world, pair);
  ASSERT_TRUE(world.until([&] { return descriptors() <= before; }));
}

TEST_F(HostileTest, ARecordedHandshakeIsOfNoUse) {
  const auto recorded = record_a_worker(world, port);
  world.change([&] { pair.hello.reset(); });
  for (int i = 0; i < 20; ++i) {
    Tcp again(port);
    again.send(recorded);
    ::shutdown(again.fd(), SHUT_WR);
    again.all();
  }
  EXPECT_FALSE(world.look([&] { return pair.hello.has_value(); })) << "nobody was greeted";
  still_serves(world, pair);
}

TEST_F(HostileTest, BeforeHelloNothingElseIsRead) {
  auto says = [&](const std::string& bytes) {
    Client client(port, &world.join.worker);
    client.send(bytes);
    auto answer = client.all();
    if (answer.size() < 4) return std::string();
    auto message = link::decode(std::string_view(answer).substr(4));
    auto* refused = message ? std::get_if<link::Refused>(&*message) : nullptr;
    return refused ? refused->message : "no refusal";
  };
  EXPECT_THAT(says(framed(link::encode(batch_of(1)))), HasSubstr("did not say hello first"));
  EXPECT_THAT(says(framed("\x92\x01")), HasSubstr("cannot be read"));
  EXPECT_THAT(says(framed(link::encode(link::Hello{.study = "study"}))),
              HasSubstr("the worker's name"));
  auto other = hello_of("x");
  other.study = "other";
  EXPECT_THAT(says(framed(link::encode(other))), HasSubstr("this is study 'study', not 'other'"));
  // Lengths that cannot be, and one that comes slowly.
  EXPECT_EQ(says(std::string("\xff\xff\xff\xff", 4)), "");
  EXPECT_EQ(says(std::string(4, '\0')), "");
  EXPECT_EQ(says(std::string("\0\1\0\1", 4)), "");
  EXPECT_EQ(says(framed(link::encode(hello_of("slow"))).substr(0, 20)), "");
  EXPECT_TRUE(world.look([&] { return pair.hello->worker.name == "node1"; }));
  still_serves(world, pair);
}

TEST_F(HostileTest, AWorkerThatTurnsBadIsDroppedAlone) {
  Random random(2);
  for (int i = 0; i < 60; ++i) {
    Client client(port, &world.join.worker);
    ASSERT_TRUE(client.shaken);
    world.change([&] { pair.above->loss.reset(); });
    auto fresh = std::make_shared<Witness>(world);
    world.change([&] { std::swap(fresh, pair.above); });
    client.send(framed(link::encode(hello_of("bad"))));
    std::string bytes;
    switch (i % 6) {
      case 0: bytes = std::string("\xff\xff\xff\xff", 4); break;
      case 1:
        bytes = framed(link::encode(link::Start{.trial = 1, .attempt = 1}));
        break;  // the coordinator's word
      case 2: bytes = framed(link::encode(hello_of("again"))); break;
      case 3: bytes = framed(link::encode(link::Settled{1, 1})); break;
      case 4:
        bytes = framed("\x92\x05" + std::string("\x81\xac") + "measurements" +
                       std::string("\xdd\xff\xff\xff\xff", 5));
        break;
      default:
        for (int n = 0; n < 300; ++n) bytes += static_cast<char>(random.bits());
        bytes = framed(bytes);
    }
    client.send(bytes);
    client.all();  // it ends
    world.change([&] { std::swap(fresh, pair.above); });
    ASSERT_TRUE(world.until([&] { return fresh->loss.has_value(); }));
    EXPECT_EQ(*fresh->loss, link::Loss::broken) << i << ": " << fresh->loss_message;
    EXPECT_TRUE(fresh->messages.empty());
  }
  still_serves(world, pair);
}

/// Everything at once, by the thousand, from many addresses: those who attack keep hundreds of
/// connections open.
class Attack {
 public:
  Attack(const TlsWorld& world, std::uint16_t port, std::string recorded, std::uint64_t seed,
         std::size_t count)
      : identity_(world.join.worker),
        recorded_(std::move(recorded)),
        random_(seed, 3),
        thread_([this, port, count] {
          for (std::size_t i = 0; i < count; ++i) {
            connect(port, i);
            if (i % 97 == 0) std::this_thread::yield();
          }
          done = true;
        }) {}

  std::atomic<bool> done = false;

 private:
  void connect(std::uint16_t port, std::size_t i) {
    switch (i % 12) {
      case 0: return keep(Tcp(port));  // silent
      case 1: return keep(Tcp(port), first_.substr(0, random_.below(first_.size())));
      case 2: return keep(Tcp(port), first_);  // answered, and then nothing
      case 3: return keep(Tcp(port), first_ + noise(600));
      case 4: return keep(Tcp(port), noise(3000));
      case 5:
        return keep(Tcp(port), std::string("\x16\x03\x01\xff\xff", 5) +
                                   noise(70'000));  // a record that is too long
      case 6: return keep(Tcp(port), recorded_);
      case 7: return keep(Tcp(port), "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      case 8: return speak(Client(port, nullptr), framed(link::encode(hello_of("x"))));
      case 9:
        return speak(Client(port, &identity_),
                     std::string("\xff\xff\xff\xff", 4));  // a frame that is too long
      case 10:
        return speak(Client(port, &identity_),
                     framed(link::encode(hello_of("half"))).substr(0, 30));
      default:
        return speak(Client(port, &identity_),
                     framed(link::encode(hello_of("bad"))) + framed(noise(200)));
    }
  }
  std::string noise(std::uint64_t most) {
    std::string bytes;
    for (auto n = random_.below(most); n > 0; --n) bytes += static_cast<char>(random_.bits());
    return bytes;
  }
  void keep(Tcp tcp, const std::string& bytes = {}) {
    tcp.send(bytes);
    if (random_.below(4) == 0) ::shutdown(tcp.fd(), SHUT_WR);
    plain_.push_back(std::move(tcp));
    if (plain_.size() > 200) plain_.pop_front();
  }
  void speak(Client client, const std::string& bytes) {
    client.send(bytes);
    clients_.push_back(std::move(client));
    if (clients_.size() > 50) clients_.pop_front();
  }

  const Identity identity_;
  const std::string first_ = client_hello(), recorded_;
  Random random_;
  std::deque<Tcp> plain_;
  std::deque<Client> clients_;
  std::jthread thread_;
};

TEST_F(HostileTest, AWorkerComesInWhileThousandsAttack) {
  constexpr std::size_t attackers = 4, each = sanitized ? 300 : 1000;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const auto recorded = record_a_worker(world, port);
  const auto before = descriptors(), memory = resident();
  std::size_t most = 0;
  std::vector<double> joins;  // milliseconds
  std::size_t turned_away = 0;
  {
    std::vector<std::unique_ptr<Attack>> attacks;
    for (std::size_t i = 0; i < attackers; ++i)
      attacks.push_back(std::make_unique<Attack>(world, port, recorded, i, each));
    while (!std::all_of(attacks.begin(), attacks.end(),
                        [](const auto& one) { return one->done.load(); })) {
      const auto began = std::chrono::steady_clock::now();
      std::shared_ptr<link::Connection> line;
      auto fresh = world.dialer();
      while (!line) {  // as a worker does
        std::optional<Result<link::Dialer::Dialled>> came;
        fresh->dial(hello_of("new"), std::make_shared<Witness>(world),
                    [&](auto result) { world.change([&] { came = std::move(result); }); });
        ASSERT_TRUE(world.until([&] { return came.has_value(); }));
        if (*came) line = (*came)->connection;
        if (!*came) ++turned_away;
      }
      joins.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began)
              .count());
      most = std::max(most, descriptors());
    }
    EXPECT_LE(most, before + attackers * (200 + 50 + 2) + 64 + 16 + attackers * 64)
        << "no more strangers than may be";
  }
  still_serves(world, pair);
  EXPECT_TRUE(world.until([&] { return descriptors() <= before; }))
      << descriptors() << " and " << before;
  if (!sanitized) {  // which keep what was freed
    EXPECT_LE(resident(), memory + (std::size_t{64} << 20));
  }
  ASSERT_FALSE(joins.empty());
  std::sort(joins.begin(), joins.end());
  std::printf(
      "%zu hostile connections; meanwhile %zu workers came in: median %.1f ms, slowest %.1f ms; "
      "%zu tries in vain\n",
      attackers * each, joins.size(), joins[joins.size() / 2], joins.back(), turned_away);
}

TEST_F(HostileTest, WhatIsLoggedOfStrangersIsBounded) {
  for (int i = 0; i < 500; ++i) {
    Tcp tcp(port);
    tcp.send("GET / HTTP/1.1\r\n\r\n");
    ::shutdown(tcp.fd(), SHUT_WR);
    tcp.all();
  }
  EXPECT_LT(log.lines().size(), 100u);
}

TEST_F(HostileTest, AHalfOpenConnectionIsFoundSilent) {
  auto options = quick();
  TlsWorld own(options);
  Pair victim(own);
  victim.connect();
  Client client(victim.listener->port(), &own.join.worker);
  auto fresh = std::make_shared<Witness>(own);
  own.change([&] { std::swap(fresh, victim.above); });
  client.send(framed(link::encode(hello_of("half"))));
  ASSERT_TRUE(own.until([&] { return victim.hello->worker.name == "half"; }));
  own.change([&] { std::swap(fresh, victim.above); });
  ASSERT_TRUE(own.until([&] { return fresh->loss.has_value(); }));
  EXPECT_EQ(*fresh->loss, link::Loss::silent);
  EXPECT_FALSE(own.look([&] { return victim.above->loss.has_value(); }))
      << "the other worker is there still";
}

}  // namespace
}  // namespace sherpa::testing_support
