#include "dashboard/http/tls.hpp"

#include "core/base/log.hpp"
#include "core/base/text.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

namespace sherpa::dashboard {

namespace ssl = asio::ssl;
namespace fs = std::filesystem;

namespace {

class EncryptedConnection final : public Encrypted,
                                  public std::enable_shared_from_this<EncryptedConnection> {
 public:
  EncryptedConnection(std::shared_ptr<Plain> connection, ssl::context& context)
      : connection_(std::move(connection)), stream_(*connection_, context) {}

  void begin(asio::const_buffer came, Done done) override {
    stream_.async_handshake(ssl::stream_base::server, came, kept(std::move(done)));
  }
  void read(asio::mutable_buffer into, Done done) override {
    stream_.async_read_some(into, kept(std::move(done)));
  }
  void write(asio::const_buffer from, Done done) override {
    stream_.async_write_some(from, kept(std::move(done)));
  }
  void finish(Done done) override {
    stream_.async_shutdown(
        [self = shared_from_this(), done = std::move(done)](Failed failed) { done(failed, 0); });
  }

 private:
  /// The library's operations refer to the stream.
  Done kept(Done done) {
    return [self = shared_from_this(), done = std::move(done)](Failed failed, std::size_t n) {
      done(failed, n);
    };
  }

  const std::shared_ptr<Plain> connection_;
  ssl::stream<Plain&> stream_;
};

struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

std::vector<std::string> names_in(const X509* certificate) {
  std::vector<std::string> out;
  std::unique_ptr<GENERAL_NAMES, FreeNames> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const auto* text = ASN1_STRING_get0_data(name->d.dNSName);
    out.emplace_back(text, text + ASN1_STRING_length(name->d.dNSName));
  }
  return out;
}

class Files final : public Tls {
 public:
  Result<void> read(const TlsFiles& files) {
    for (const auto& file : {files.certificate, files.key}) {
      errno = 0;
      if (std::error_code none; !fs::is_regular_file(file, none) || !std::ifstream(file).is_open())
        return refuse(file,
                      "cannot be read: " + std::string(std::strerror(errno != 0 ? errno : ENOENT)));
    }
    Failed failed;
    context_.set_password_callback(
        [](std::size_t, ssl::context::password_purpose) { return std::string(); }, failed);
    context_.use_certificate_chain_file(files.certificate.string(), failed);
    if (failed)
      return refuse(files.certificate, "is no certificate in PEM (" + failed.message() + ")");
    context_.use_private_key_file(files.key.string(), ssl::context::pem, failed);
    if (failed)
      return refuse(files.key, "is not the key of " + files.certificate.string() +
                                   ", in PEM and without a password (" + failed.message() + ")");
    auto* context = context_.native_handle();
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    const auto* certificate = SSL_CTX_get0_certificate(context);
    names_ = names_in(certificate);
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
      base::log(LogLevel::warning,
                "the page's certificate " + base::quote(files.certificate.string()) +
                    " has expired; browsers will show a warning before they open the page");
    return {};
  }

  std::shared_ptr<Encrypted> over(std::shared_ptr<Plain> connection) const override {
    return std::make_shared<EncryptedConnection>(std::move(connection), context_);
  }
  const std::vector<std::string>& names() const override { return names_; }

 private:
  static Error refuse(const fs::path& file, const std::string& why) {
    return {Errc::invalid_argument, "TLS for the page: " + base::quote(file.string()) + " " + why};
  }

  mutable ssl::context context_{ssl::context::tls_server};
  std::vector<std::string> names_;
};

}  // namespace

Result<std::shared_ptr<const Tls>> Tls::make(const TlsFiles& files) {
  auto tls = std::make_shared<Files>();
  if (auto read = tls->read(files); !read) return read.error();
  return std::shared_ptr<const Tls>(std::move(tls));
}

}  // namespace sherpa::dashboard
