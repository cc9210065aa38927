#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

/// OpenSSL's objects, freed with their owner.
namespace sherpa::runtime::tls_link::openssl {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* x) const {
    free(x);
  }
};
inline void free_bio(BIO* bio) { BIO_free_all(bio); }

using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;
using Bio = std::unique_ptr<BIO, Free<free_bio>>;
using Context = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
using TlsSession = std::unique_ptr<SSL, Free<SSL_free>>;

inline Bio reader(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}
inline std::string text_of(const Bio& memory) {
  char* data = nullptr;
  auto size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

/// Keeps OpenSSL from prompting: these keys have no password.
inline int no_password(char*, int, int, void*) { return 0; }
inline Certificate read_certificate(std::string_view pem) {
  return Certificate(PEM_read_bio_X509(reader(pem).get(), nullptr, no_password, nullptr));
}
inline Key read_key(std::string_view pem) {
  return Key(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, no_password, nullptr));
}

/// What it says under a kind of name (NID_organizationName …), or nothing.
inline std::string name_in(const X509_NAME* name, int kind) {
  char text[256];
  auto size = X509_NAME_get_text_by_NID(name, kind, text, sizeof text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

}  // namespace sherpa::runtime::tls_link::openssl
