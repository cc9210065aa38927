#include "dashboard/dashboard.hpp"
#include "dashboard/http/http_server.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/http.hpp"
#include "tests/support/scratch.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <map>

namespace sherpa::dashboard {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing_support::CertificateFiles;
using testing_support::make_certificate;
using testing_support::Scratch;
using testing_support::Wire;
using Encrypting = asio::ssl::stream<asio::ip::tcp::socket>;
using Headers = std::map<std::string, std::string>;
namespace fact = study::fact;

std::string fake_hash(std::string_view text) {
  return std::to_string(std::hash<std::string_view>()(text)) + "-hash";
}

TlsFiles files_of(const CertificateFiles& made) { return {made.certificate, made.key}; }

class TlsTest : public testing::Test {
 protected:
  TlsTest() { open({}); }

  void open(ServerOptions options) {
    server.reset();
    options.port = 0;
    options.first_port = options.last_port = 0;
    options.tls = files_of(made);
    server =
        HttpServer::open(
            options,
            [this](const Request& request, Reply reply) { page.handle(request, std::move(reply)); },
            [this](const Request& request, Wake wake) {
              return page.open_socket(request, std::move(wake));
            },
            [this](const Request& head) { return page.authorize(head); })
            .or_throw();
  }

  void tell(study::Fact fact) {
    study::Entry entry{.seq = ++seq, .at = 1, .fact = std::move(fact)};
    feed->show({&entry, 1});
  }

  /// A client that trusts the certificate, for a name.
  template <class Over>
  void shake_hands(Over& stream, const std::string& name = "127.0.0.1") {
    client.load_verify_file(made.certificate.string());
    beast::get_lowest_layer(stream).connect({asio::ip::address_v4::loopback(), server->port()});
    stream.set_verify_mode(asio::ssl::verify_peer);
    auto* parameters = SSL_get0_param(stream.native_handle());
    name == "127.0.0.1" ? X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str())
                        : X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), name.size());
    stream.handshake(asio::ssl::stream_base::client);
  }

  beast::http::response<beast::http::string_body> ask(Encrypting& stream, const std::string& method,
                                                      const std::string& target,
                                                      const Headers& headers = {},
                                                      const std::string& body = {}) {
    beast::http::request<beast::http::string_body> request(beast::http::string_to_verb(method),
                                                           target, 11, body);
    request.set("Host", "127.0.0.1:" + std::to_string(server->port()));
    for (const auto& [name, value] : headers) request.set(name, value);
    request.prepare_payload();
    beast::http::write(stream, request);
    beast::http::response_parser<beast::http::string_body> parser;
    parser.body_limit(std::numeric_limits<std::uint64_t>::max());
    beast::http::read(stream, buffer, parser);
    return parser.release();
  }
  beast::http::response<beast::http::string_body> ask(const std::string& method,
                                                      const std::string& target,
                                                      const Headers& headers = {}) {
    Encrypting stream(io, client);
    shake_hands(stream);
    buffer.clear();
    return ask(stream, method, target, headers);
  }

  Scratch scratch;
  CertificateFiles made =
      make_certificate(scratch.path(), "DNS:page.example.org,DNS:*.pages.example.org,IP:127.0.0.1");
  std::shared_ptr<feed::Feed> feed = std::make_shared<feed::Feed>();
  Dashboard page{{"secret", fake_hash, [] { return std::string("link"); }},
                 {{"digits", feed, std::make_shared<StudyApi>()}}};
  std::unique_ptr<HttpServer> server;
  asio::io_context io;
  asio::ssl::context client{asio::ssl::context::tls_client};
  beast::flat_buffer buffer;
  study::Seq seq = 0;
};

TEST_F(TlsTest, ServesThePageOnTheSamePortAsPrograms) {
  EXPECT_EQ(server->page_url(), "https://127.0.0.1:" + std::to_string(server->port()));
  EXPECT_EQ(server->url(), "http://127.0.0.1:" + std::to_string(server->port()));
  EXPECT_EQ(server->name(), "page.example.org");
  Encrypting stream(io, client);
  shake_hands(stream);
  EXPECT_STREQ(SSL_get_version(stream.native_handle()), "TLSv1.3");
  for (int i = 0; i < 3; ++i)
    EXPECT_THAT(ask(stream, "GET", "/").body(), HasSubstr("<html")) << "on one connection";
  EXPECT_EQ(Wire(server->port()).ask("GET", "/api/v1/study", "secret").status, 503)
      << "a program on this host";
}

TEST_F(TlsTest, CookiesAreForEncryptedConnectionsAlone) {
  auto link = page.authenticator().make_link(Role::operating);
  auto cookie = std::string(ask("GET", link)["Set-Cookie"]);
  EXPECT_THAT(cookie, HasSubstr("; Secure"));
  page.authenticator().make_link(Role::operating);
  EXPECT_THAT(Wire(server->port()).ask("GET", link, "").headers["set-cookie"],
              AllOf(HasSubstr("HttpOnly"), Not(HasSubstr("Secure"))));
  // A page that somebody on the way put at the plain address of this one.
  cookie = cookie.substr(0, cookie.find(';'));
  auto at = server->page_url().substr(8);
  EXPECT_EQ(ask("POST", "/api/v1/study/pause", {{"Cookie", cookie}, {"Origin", "http://" + at}})
                .result_int(),
            403u);
  EXPECT_EQ(ask("POST", "/api/v1/study/pause", {{"Cookie", cookie}, {"Origin", "https://" + at}})
                .result_int(),
            503u);
}

TEST_F(TlsTest, AnswersToTheNamesInItsCertificate) {
  auto with = [&](const std::string& host) {
    return ask("GET", "/", {{"Host", host + ":8880"}}).result_int();
  };
  EXPECT_EQ(with("page.example.org"), 200u);
  EXPECT_EQ(with("a.pages.example.org"), 200u);
  EXPECT_EQ(with("a.b.pages.example.org"), 421u);
  EXPECT_EQ(with("pages.example.org"), 421u);
  EXPECT_EQ(with("evil.example"), 421u);
}

TEST_F(TlsTest, WebSocketsCarryWholeStudies) {
  tell(fact::StudyCreated{.uuid = "u-1", .name = "digits", .parameters = "[]", .algorithm = "{}"});
  constexpr study::Seq all = 100'001;  // megabytes, more than a record or the system's buffers hold
  while (seq < all)
    tell(fact::Observation{.trial = 1, .attempt = 1, .iteration = static_cast<std::int64_t>(seq)});
  beast::websocket::stream<Encrypting> socket(io, client);
  shake_hands(socket.next_layer());
  socket.set_option(
      beast::websocket::stream_base::decorator([&](beast::websocket::request_type& request) {
        request.set("Authorization", "Bearer secret");
      }));
  socket.handshake("127.0.0.1:" + std::to_string(server->port()), "/api/v1/feed");
  socket.read_message_max(64 * 1024 * 1024);
  auto hear = [&] {
    buffer.clear();
    socket.read(buffer);
    return beast::buffers_to_string(buffer.data());
  };
  EXPECT_THAT(hear(), HasSubstr("\"role\":\"operator\""));
  std::size_t frames = 0;
  for (study::Seq to = 0; to < all; ++frames)
    to = nlohmann::json::from_msgpack(hear()).at("to").get<study::Seq>();
  EXPECT_GT(frames, 20u);
  socket.write(asio::buffer(std::string(R"({"ask": 7, "method": "GET", "path": ""})")));
  EXPECT_THAT(hear(), HasSubstr("\"reply\":7"));
  socket.close(beast::websocket::close_code::normal);
}

TEST_F(TlsTest, LetsAClientReadWhyItsLargeBodyIsRefused) {
  open({.max_body = 1000});
  Encrypting stream(io, client);
  shake_hands(stream);
  EXPECT_EQ(ask(stream, "POST", "/api/v1/links", {}, std::string(200'000, 'x')).result_int(), 413u);
}

TEST_F(TlsTest, EndsWhatIsNoHandshake) {
  open({.request = 300ms});
  for (std::string nonsense : {std::string("\x16"), std::string("\x16\x03\x01\x02\x00\x01", 6),
                               std::string(70'000, '\x16')}) {
    Wire wire(server->port());
    wire.send(nonsense);
    EXPECT_EQ(wire.receive().status, 0);
  }
  asio::ssl::context old(asio::ssl::context::tlsv12_client);
  Encrypting stream(io, old);
  stream.lowest_layer().connect({asio::ip::address_v4::loopback(), server->port()});
  EXPECT_THROW(stream.handshake(asio::ssl::stream_base::client), boost::system::system_error)
      << "TLS 1.2";
  EXPECT_EQ(ask("GET", "/").result_int(), 200u) << "and goes on";
}

TEST(PlainRequests, StayOnThisHostWhereConnectionsAreEncrypted) {
  Request request{.headers = {{"Host", "node1:8880"}},
                  .local_address = "10.0.0.1",
                  .remote_address = "10.0.0.2"};
  auto refused = refuse_plain(request);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 426);
  EXPECT_THAT(refused->body, HasSubstr("https://node1:8880"));
  request.encrypted = true;
  EXPECT_FALSE(refuse_plain(request));
  request.encrypted = false;
  request.remote_address = "10.0.0.1";
  EXPECT_FALSE(refuse_plain(request)) << "from the same host";
  for (const auto* loopback : {"127.0.0.1", "127.3.2.1", "::1"}) {
    request.remote_address = loopback;
    EXPECT_FALSE(refuse_plain(request)) << loopback;
  }
  request.local_address = request.remote_address = "";
  EXPECT_TRUE(refuse_plain(request));
}

class TlsFilesTest : public testing::Test {
 protected:
  std::string error(const TlsFiles& files) {
    ServerOptions options{.port = 0, .first_port = 0, .last_port = 0};
    options.tls = files;
    auto opened = HttpServer::open(options, [](const Request&, const Reply&) {});
    return opened ? "" : opened.error().message;
  }
  std::string path(const std::string& name) {
    return "TLS for the page: '" + (scratch / name).string() + "' ";
  }
  Scratch scratch;
};

TEST_F(TlsFilesTest, SaysWhichFileIsWrongAndWhy) {
  auto good = files_of(make_certificate(scratch.path(), "DNS:localhost"));
  EXPECT_EQ(error(good), "");
  EXPECT_EQ(error({scratch / "none.crt", good.key}),
            path("none.crt") + "cannot be read: No such file or directory");
  EXPECT_THAT(error({scratch.path(), good.key}), HasSubstr("cannot be read"));
  EXPECT_THAT(
      error({good.key, good.key}),
      AllOf(HasSubstr(path("page.key") + "is no certificate in PEM"), Not(HasSubstr("\n"))));
  EXPECT_THAT(error({good.certificate, good.certificate}),
              HasSubstr(path("page.crt") + "is not the key of"));
  std::ofstream(scratch / "empty");
  EXPECT_THAT(error({scratch / "empty", good.key}),
              HasSubstr(path("empty") + "is no certificate in PEM"));

  std::filesystem::create_directory(scratch / "other");
  auto other = make_certificate(scratch / "other", "DNS:localhost");
  EXPECT_THAT(error({good.certificate, other.key}),
              HasSubstr("is not the key of " + good.certificate.string()));
  auto locked = make_certificate(scratch / "other", "DNS:localhost", 30, "a password");
  EXPECT_THAT(error({locked.certificate, locked.key}), HasSubstr("without a password"));
}

TEST_F(TlsFilesTest, WarnsOfACertificateThatHasExpired) {
  testing_support::CaughtLog log;
  EXPECT_EQ(error(files_of(make_certificate(scratch.path(), "DNS:localhost", -1))), "");
  EXPECT_THAT(log.text(), HasSubstr("has expired"));
}

}  // namespace
}  // namespace sherpa::dashboard
