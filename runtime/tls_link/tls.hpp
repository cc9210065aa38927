#pragma once

#include "core/base/result.hpp"
#include "runtime/tls_link/authority.hpp"
#include "runtime/tls_link/openssl.hpp"

#include <memory>
#include <string>

namespace sherpa::runtime::tls_link {

/// What all connections of an end have in common: TLS 1.3 and nothing older, both ends with
/// certificates of the study's authority.
class Tls {
 public:
  static Result<std::shared_ptr<Tls>> make(Party self, const std::string& study,
                                           const Identity& identity, const std::string& authority);
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  /// One connection, over a socket that does not block. `why` is where it is written why the other
  /// end's certificate is refused; it outlives the connection.
  openssl::TlsSession connection(int socket, std::string* why) const;
  Party self() const { return self_; }

 private:
  Tls(Party self, std::string study) : self_(self), study_(std::move(study)) {}
  static int check(X509_STORE_CTX* chain, void* self);
  std::string complaint_about(X509_STORE_CTX* chain) const;

  Party self_;
  std::string study_;
  openssl::Context context_;
};

/// What the other end has against us, when the error is its alert about our certificate; ""
/// otherwise.
std::string complaint_in(unsigned long error);
/// An error of OpenSSL's in words.
std::string words_of(unsigned long error);

}  // namespace sherpa::runtime::tls_link
