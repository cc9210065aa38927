#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace sherpa::testing_support {

struct CertificateFiles {
  std::filesystem::path certificate, key;
};

/// A certificate that signs itself, and its key, as files. `names` as OpenSSL writes them:
/// `DNS:localhost,IP:127.0.0.1`. With a password the key is of no use.
inline CertificateFiles make_certificate(const std::filesystem::path& directory,
                                         const std::string& names, long days = 30,
                                         const std::string& password = {}) {
  auto must = [](bool done) {
    if (!done) throw std::runtime_error("OpenSSL makes no certificate");
  };
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
  must(key && made && X509_set_version(made.get(), 2) == 1 &&
       X509_set_pubkey(made.get(), key.get()) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -60L * 60 * 24 * 60);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 60L * 60 * 24 * days);
  auto* name = X509_get_subject_name(made.get());
  const unsigned char called[] = "a test";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, called, -1, -1, 0);
  must(X509_set_issuer_name(made.get(), name) == 1);
  std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> also(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()),
      X509_EXTENSION_free);
  must(also && X509_add_ext(made.get(), also.get(), -1) == 1 &&
       X509_sign(made.get(), key.get(), EVP_sha256()) > 0);

  CertificateFiles out{directory / "page.crt", directory / "page.key"};
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(out.certificate.c_str(), "w"),
                                                       std::fclose);
  must(file && PEM_write_X509(file.get(), made.get()) == 1);
  file.reset(std::fopen(out.key.c_str(), "w"));
  const auto* secret = reinterpret_cast<const unsigned char*>(password.data());
  must(file &&
       PEM_write_PrivateKey(file.get(), key.get(), password.empty() ? nullptr : EVP_aes_256_cbc(),
                            password.empty() ? nullptr : secret, static_cast<int>(password.size()),
                            nullptr, nullptr) == 1);
  return out;
}

}  // namespace sherpa::testing_support
