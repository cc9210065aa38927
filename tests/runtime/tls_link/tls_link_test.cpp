#include "tests/support/tls_link.hpp"
#include "tests/support/link_contract.hpp"
#include "tests/support/scratch.hpp"

namespace sherpa::testing_support {
namespace {

using namespace std::chrono_literals;
using namespace sherpa::link;
using runtime::tls_link::Authority;
using runtime::tls_link::Party;
using testing::AllOf;
using testing::HasSubstr;

INSTANTIATE_TEST_SUITE_P(Tls, LinkContract, testing::Values([]() -> std::unique_ptr<LinkWorld> {
                           return std::make_unique<TlsWorld>();
                         }));

/// The worker's error, and the coordinator's log.
struct Outcome {
  Errc code = Errc::internal;
  std::string worker, coordinator;
};
Outcome outcome(TlsWorld& world, const link::Hello& hello = hello_of("node1"),
                bool also_there = true) {
  CaughtLog log;
  Outcome out;
  {
    Pair pair(world);
    pair.dial(hello);
    if (*pair.dialled) return {Errc::internal, "welcomed", ""};
    out.code = pair.dialled->error().code;
    out.worker = pair.dialled->error().message;
    for (int i = 0; also_there && i < 2000 && log.lines().empty(); ++i)
      std::this_thread::sleep_for(5ms);  // it may come later there
  }
  out.coordinator = log.text();
  return out;
}

TEST(TlsLink, RefusesAnExpiredCertificateAndSaysSoOnBothSides) {
  TlsWorld world;
  world.join.worker = world.authority.issue(Party::worker, {.from = -48h, .to = -1h}).or_throw();
  auto said = outcome(world);
  EXPECT_EQ(said.code, Errc::refused);
  EXPECT_THAT(said.worker,
              AllOf(HasSubstr("127.0.0.1:"), HasSubstr("refused"), HasSubstr("has expired")));
  EXPECT_THAT(said.coordinator,
              AllOf(HasSubstr("was refused"), HasSubstr("its certificate has expired (")));
}

TEST(TlsLink, RefusesACertificateThatIsNotValidYet) {
  TlsWorld world;
  world.join.worker = world.authority.issue(Party::worker, {.from = 2h, .to = 48h}).or_throw();
  auto said = outcome(world);
  EXPECT_EQ(said.code, Errc::refused);
  EXPECT_THAT(said.worker, HasSubstr("not valid yet"));
  EXPECT_THAT(said.coordinator, HasSubstr("its certificate is valid only from"));
}

TEST(TlsLink, RefusesAForeignCertificateAndSaysSoOnBothSides) {
  TlsWorld world;
  world.join.worker = Authority::make("study").or_throw().issue(Party::worker).or_throw();
  auto said = outcome(world);
  EXPECT_EQ(said.code, Errc::refused);
  EXPECT_THAT(said.worker, HasSubstr("of another authority than its study's"));
  EXPECT_THAT(said.coordinator,
              HasSubstr("its certificate is of another authority than this study's"));
}

TEST(TlsLink, RefusesACertificateOfAnotherStudyAndSaysSoOnBothSides) {
  TlsWorld world;
  auto other = Authority::make("other").or_throw();
  world.join.worker = other.issue(Party::worker).or_throw();
  auto said = outcome(world);
  EXPECT_EQ(said.code, Errc::refused);
  EXPECT_THAT(said.coordinator,
              HasSubstr("its certificate is for study 'other', this is study 'study'"));

  TlsWorld named;
  named.authority = other;
  named.coordinator = other.issue(Party::coordinator).or_throw();
  named.join.authority = other.certificate();
  named.join.worker = other.issue(Party::worker).or_throw();
  said = outcome(named);  // the worker finds the coordinator's certificate to be another study's
  EXPECT_EQ(said.code, Errc::wrong_state);
  EXPECT_THAT(said.worker,
              HasSubstr("its certificate is for study 'other', this is study 'study'"));
  EXPECT_THAT(said.coordinator, HasSubstr("was refused"));
}

TEST(TlsLink, RefusesAWorkerThatPosesAsTheCoordinator) {
  TlsWorld world;
  world.coordinator = world.join.worker;
  auto said = outcome(world);
  EXPECT_EQ(said.code, Errc::wrong_state);
  EXPECT_THAT(said.worker, HasSubstr("its certificate is for a 'worker', not for a coordinator"));
  EXPECT_THAT(said.coordinator, HasSubstr("it refused this end"));
  TlsWorld reverse;
  reverse.join.worker = reverse.coordinator;
  said = outcome(reverse);
  EXPECT_EQ(said.code, Errc::refused);
  EXPECT_THAT(said.coordinator,
              HasSubstr("its certificate is for a 'coordinator', not for a worker"));
}

TEST(TlsLink, RefusesAnotherProtocolWithBothVersionsNamedOnBothSides) {
  TlsWorld world;
  auto hello = hello_of("node1");
  hello.protocol = 7;
  hello.version = "9.0.0";
  auto said = outcome(world, hello);
  EXPECT_THAT(said.worker, AllOf(HasSubstr("refused this worker"),
                                 HasSubstr("the worker speaks protocol 7 (Sherpa '9.0.0')"),
                                 HasSubstr("the coordinator protocol 1")));
  EXPECT_THAT(said.coordinator,
              AllOf(HasSubstr("was refused"), HasSubstr("protocol 7 (Sherpa '9.0.0')")));
}

TEST(TlsLink, RefusesAHelloOfAnotherStudy) {
  TlsWorld world;
  auto hello = hello_of("node1");
  hello.study = "other";
  auto said = outcome(world, hello, false);
  EXPECT_EQ(said.code, Errc::refused);
  EXPECT_THAT(said.worker, HasSubstr("the join file is of study 'study', not of 'other'"));
}

TEST(TlsLink, RefusesAnOlderCoordinator) {
  TlsWorld world;
  auto hello = hello_of("node1");
  hello.epoch = 2;
  auto said = outcome(world, hello, false);
  EXPECT_EQ(said.code, Errc::wrong_state);
  EXPECT_THAT(said.worker, HasSubstr("the coordinator of epoch 1, and there has been epoch 2"));
}

TEST(TlsLink, SaysWhichAddressesItTried) {
  TlsWorld world;
  Pair pair(world);
  auto port = pair.listener->port();
  pair.listener.reset();
  world.join.addresses = {"127.0.0.1", "127.0.0.2"};
  pair.dial();
  ASSERT_FALSE(*pair.dialled);
  EXPECT_EQ(pair.dialled->error().code, Errc::wrong_state);
  EXPECT_THAT(pair.dialled->error().message, AllOf(HasSubstr("127.0.0.1:" + std::to_string(port)),
                                                   HasSubstr("127.0.0.2:"), HasSubstr("refused")));
}

TEST(TlsLink, PassesOverAddressesOfOthersAndFindsACoordinatorThatMoved) {
  TlsWorld world, stranger;
  Scratch scratch;
  stranger.authority = Authority::make("another").or_throw();
  auto theirs = stranger.listener();
  theirs->open([](const link::Hello&, const auto&) -> Result<link::Listener::Welcomed> {
    return Error{Errc::internal, "never"};
  });
  // The old address in the join file is another study's now.
  auto file = scratch / "join";
  auto join = world.join;
  join.port = theirs->port();
  ASSERT_TRUE(runtime::tls_link::write_join_file(file, join));
  Pair pair(world);
  pair.dialer = runtime::tls_link::make_dialer(file, world.options);
  pair.dial();
  ASSERT_FALSE(*pair.dialled);
  EXPECT_EQ(pair.dialled->error().code, Errc::wrong_state) << "to be tried again";
  // The coordinator writes its new one.
  join.port = pair.listener->port();
  join.addresses = {"127.0.0.3", "localhost", "127.0.0.1"};
  ASSERT_TRUE(runtime::tls_link::write_join_file(file, join));
  pair.dialled.reset();
  pair.connect();
}

TEST(TlsLink, ServesTwoHundredWorkersOverOneDialer) {
  TlsWorld world;
  Pair pair(world);
  int welcomed = 0, tried = 0;
  std::vector<std::shared_ptr<link::Connection>> all;
  std::function<void(int)> dial = [&](int i) {
    pair.dialer->dial(hello_of("node" + std::to_string(i)), std::make_shared<Witness>(world),
                      [&, i](auto result) {
                        world.change([&] {
                          ++tried;
                          if (result) ++welcomed, all.push_back(result->connection);
                        });
                        if (i + 20 < 200) dial(i + 20);
                      });
  };
  for (int i = 0; i < 20; ++i) dial(i);
  ASSERT_TRUE(world.until([&] { return tried == 200; }));
  EXPECT_EQ(welcomed, 200);
}

TEST(TlsLink, RefusesMoreConnectionsThanItMayHave) {
  auto options = quick();
  options.most_connections = 1;
  TlsWorld world(options);
  Pair pair(world);
  pair.connect();
  pair.dialled.reset();
  pair.dial(hello_of("node2"));
  ASSERT_FALSE(*pair.dialled);
  EXPECT_THAT(pair.dialled->error().message, HasSubstr("there are 1 workers already"));
}

TEST(TlsLink, EndsAConnectionOnWhichTheOtherEndDoesNotRead) {
  auto options = quick();
  options.most_queued = 8 << 20;
  options.silence = 20s;  // not what is tried here
  std::latch held(1);     // outlives who waits for it
  TlsWorld world(options);
  Pair pair(world);
  pair.below->hook = [&](const link::Message&) { held.wait(); };
  pair.connect();
  int taken = 0;
  while (taken < 1000 && pair.down->send(link::JoinAgain{std::string(1 << 20, 'x')})) ++taken;
  EXPECT_LT(taken, 1000);
  ASSERT_TRUE(world.until([&] { return pair.above->loss.has_value(); }));
  EXPECT_EQ(*pair.above->loss, link::Loss::broken);
  held.count_down();
}

TEST(TlsLink, AnEarThatThrowsEndsItsConnectionAlone) {
  CaughtLog log;
  TlsWorld world;
  Pair pair(world);
  pair.above->hook = [](const link::Message&) { throw std::runtime_error("no memory"); };
  pair.connect();
  ASSERT_TRUE(pair.up->send(batch_of(1)));
  ASSERT_TRUE(world.until([&] { return pair.above->loss && pair.below->loss; }));
  EXPECT_THAT(log.text(), HasSubstr("no memory"));
  pair.dialled.reset();
  pair.below = std::make_shared<Witness>(world);
  pair.above = std::make_shared<Witness>(world);
  pair.connect();
}

}  // namespace
}  // namespace sherpa::testing_support
