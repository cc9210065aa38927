#include "runtime/tls_link/tls.hpp"

#include "core/base/text.hpp"

namespace sherpa::runtime::tls_link {

using namespace openssl;

namespace {

std::string text_of(const ASN1_TIME* time) {
  openssl::Bio out(BIO_new(BIO_s_mem()));
  if (!out || ASN1_TIME_print(out.get(), time) != 1) return "an unknown time";
  return openssl::text_of(out);
}

Error unusable(const std::string& what) {
  auto why = words_of(ERR_peek_last_error());
  ERR_clear_error();
  return {Errc::invalid_argument, "the link cannot use " + what + ": " + why};
}

}  // namespace

Result<std::shared_ptr<Tls>> Tls::make(Party self, const std::string& study,
                                       const Identity& identity, const std::string& authority) {
  ERR_clear_error();
  auto certificate = openssl::read_certificate(identity.certificate);
  auto key = openssl::read_key(identity.key);
  auto above = openssl::read_certificate(authority);
  std::shared_ptr<Tls> tls(new Tls(self, study));
  tls->context_.reset(SSL_CTX_new(TLS_method()));
  auto* context = tls->context_.get();
  if (!context) return unusable("TLS");
  if (!certificate || !key || SSL_CTX_use_certificate(context, certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
    return unusable("its certificate");
  if (!above || X509_STORE_add_cert(SSL_CTX_get_cert_store(context), above.get()) != 1)
    return unusable("the authority's certificate");
  if (SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1) return unusable("TLS 1.3");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &Tls::check, tls.get());
  // No session resumption: each connection shows certificates again, and a recorded one cannot be
  // replayed.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_max_cert_list(context, 16 * 1024);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  return tls;
}

openssl::TlsSession Tls::connection(int socket, std::string* why) const {
  ERR_clear_error();
  openssl::TlsSession session(SSL_new(context_.get()));
  if (!session || SSL_set_fd(session.get(), socket) != 1) return nullptr;
  SSL_set_app_data(session.get(), why);
  self_ == Party::coordinator ? SSL_set_accept_state(session.get())
                              : SSL_set_connect_state(session.get());
  return session;
}

int Tls::check(X509_STORE_CTX* chain, void* self) {
  const auto* tls = static_cast<const Tls*>(self);
  auto complaint = tls->complaint_about(chain);
  if (complaint.empty()) return 1;
  auto* session =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (auto* why = static_cast<std::string*>(SSL_get_app_data(session))) *why = std::move(complaint);
  return 0;
}

/// "" when the other end's certificate is good. The error in `chain` becomes the alert by which the
/// other end learns of it.
std::string Tls::complaint_about(X509_STORE_CTX* chain) const {
  bool trusted = X509_verify_cert(chain) == 1;
  const auto* leaf = X509_STORE_CTX_get0_cert(chain);
  auto study = openssl::name_in(X509_get_subject_name(leaf), NID_organizationName);
  auto party = openssl::name_in(X509_get_subject_name(leaf), NID_commonName);
  const auto other = self_ == Party::coordinator ? Party::worker : Party::coordinator;
  if (trusted && study == study_ && party == name_of(other)) return {};
  auto error = X509_STORE_CTX_get_error(chain);
  if (error == X509_V_ERR_CERT_HAS_EXPIRED)
    return "its certificate has expired (" + text_of(X509_get0_notAfter(leaf)) + ")";
  if (error == X509_V_ERR_CERT_NOT_YET_VALID)
    return "its certificate is valid only from " + text_of(X509_get0_notBefore(leaf)) +
           "; are the clocks right?";
  if (error == X509_V_OK) X509_STORE_CTX_set_error(chain, X509_V_ERR_CERT_REJECTED);
  if (study != study_)
    return "its certificate is for study " + base::quote(study) + ", this is study " +
           base::quote(study_);
  if (trusted || error == X509_V_ERR_INVALID_PURPOSE)
    return "its certificate is for a " + base::quote(party) + ", not for a " +
           std::string(name_of(other));
  if (error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
      error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
      error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
      error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
      error == X509_V_ERR_CERT_SIGNATURE_FAILURE)
    return "its certificate is of another authority than this study's";
  return std::string("its certificate is not good: ") + X509_verify_cert_error_string(error);
}

std::string complaint_in(unsigned long error) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return {};
  switch (ERR_GET_REASON(error)) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return "no certificate was shown to it";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED: return "the certificate shown to it has expired";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      return "the certificate shown to it is of another authority than its study's";
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
      return "the certificate shown to it is not for its study, or not valid yet by its clock";
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
      return "the certificate shown to it is not for a worker";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
      return "the certificate shown to it is not good: " + words_of(error);
    default: return {};
  }
}

std::string words_of(unsigned long error) {
  const char* reason = error ? ERR_reason_error_string(error) : nullptr;
  return reason ? reason : "unknown error";
}

}  // namespace sherpa::runtime::tls_link
