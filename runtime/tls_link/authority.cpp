#include "runtime/tls_link/authority.hpp"

#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "runtime/tls_link/openssl.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

namespace sherpa::runtime::tls_link {

using namespace openssl;

namespace {

constexpr std::size_t most_file = 64 * 1024;

Error failed(const std::string& what) {
  std::string why = "out of memory or of random numbers";
  if (auto code = ERR_peek_last_error())
    why = ERR_reason_error_string(code) ? ERR_reason_error_string(code) : "unknown";
  ERR_clear_error();
  return {Errc::internal, "OpenSSL cannot make " + what + ": " + why};
}

bool extend(X509* certificate, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  openssl::Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool name(X509_NAME* subject, const std::string& study, std::string_view common) {
  auto add = [&](const char* field, std::string_view text) {
    return X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()), -1, 0) == 1;
  };
  return add("O", study) && add("CN", common);
}

bool number(X509* certificate) {
  openssl::Number serial(BN_new());
  return serial && BN_rand(serial.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate));
}

/// With a key of its own; signed by the issuer, or self-signed without one.
Result<Identity> certify(const std::string& study, std::string_view common, const char* usage,
                         Validity validity, const Identity* issuer) {
  ERR_clear_error();
  openssl::Key key(EVP_EC_gen("P-256"));
  openssl::Certificate certificate(X509_new());
  openssl::Certificate above = issuer ? openssl::read_certificate(issuer->certificate) : nullptr;
  openssl::Key signing = issuer ? openssl::read_key(issuer->key) : nullptr;
  if (!key || !certificate || (issuer && (!above || !signing))) return failed("a certificate");
  auto* x = certificate.get();
  auto* by = above ? above.get() : x;
  bool made =
      X509_set_version(x, X509_VERSION_3) == 1 && number(x) &&
      X509_gmtime_adj(X509_getm_notBefore(x), static_cast<long>(validity.from.count())) &&
      X509_gmtime_adj(X509_getm_notAfter(x), static_cast<long>(validity.to.count())) &&
      X509_set_pubkey(x, key.get()) == 1 && name(X509_get_subject_name(x), study, common) &&
      X509_set_issuer_name(x, X509_get_subject_name(by)) == 1 &&
      extend(x, by, NID_basic_constraints,
             issuer ? "critical,CA:FALSE" : "critical,CA:TRUE,pathlen:0") &&
      extend(x, by, NID_key_usage, issuer ? "critical,digitalSignature" : "critical,keyCertSign") &&
      (!usage || extend(x, by, NID_ext_key_usage, usage)) &&
      extend(x, by, NID_subject_key_identifier, "hash") &&
      extend(x, by, NID_authority_key_identifier, "keyid:always") &&
      X509_sign(x, signing ? signing.get() : key.get(), EVP_sha256()) > 0;
  openssl::Bio certificate_out(BIO_new(BIO_s_mem())), key_out(BIO_new(BIO_s_mem()));
  if (!made || PEM_write_bio_X509(certificate_out.get(), x) != 1 ||
      PEM_write_bio_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1)
    return failed("a certificate");
  return Identity{openssl::text_of(certificate_out), openssl::text_of(key_out)};
}

/// Nothing when the file does not exist.
Result<std::optional<std::string>> contents(const std::filesystem::path& file) {
  base::Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!in && errno == ENOENT) return std::optional<std::string>();
  auto text = in ? base::read_all(in, most_file) : std::nullopt;
  if (!text) return base::file_error("cannot read", file, errno);
  return text;
}

}  // namespace

Result<Authority> Authority::make(const std::string& study, Validity validity) {
  auto own = certify(study, "authority", nullptr, validity, nullptr);
  if (!own) return own.error();
  return Authority(study, *std::move(own));
}

Result<Authority> Authority::open(const std::filesystem::path& directory,
                                  const std::string& study) {
  const auto file = directory / "authority";
  auto text = contents(file);
  if (!text) return text.error();
  if (!*text) {
    auto fresh = make(study);
    if (!fresh) return fresh.error();
    if (auto written = base::replace_file(file, fresh->own_.key + fresh->own_.certificate, 0600);
        !written)
      return written.error();
    return fresh;
  }
  ERR_clear_error();
  auto certificate = openssl::read_certificate(**text);
  auto key = openssl::read_key(**text);
  auto remedy = "; remove it and start the study again: its workers then need the new join file";
  bool fits = certificate && key && X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits) return Error{Errc::damaged, file.string() + " is no certificate authority" + remedy};
  auto of = openssl::name_in(X509_get_subject_name(certificate.get()), NID_organizationName);
  if (of != study)
    return Error{Errc::damaged, file.string() + " is the certificate authority of study " +
                                    base::quote(of) + ", not of " + base::quote(study) + remedy};
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) < 0)
    return Error{Errc::damaged, file.string() + " has expired" + remedy};
  auto split = (*text)->find("-----BEGIN CERTIFICATE-----");
  return Authority(study, Identity{(*text)->substr(split), (*text)->substr(0, split)});
}

Result<Identity> Authority::issue(Party party, Validity validity) const {
  return certify(study_, name_of(party), party == Party::coordinator ? "serverAuth" : "clientAuth",
                 validity, &own_);
}

}  // namespace sherpa::runtime::tls_link
