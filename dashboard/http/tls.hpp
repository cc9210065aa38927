#pragma once

#include "core/base/result.hpp"
#include "dashboard/http/beast.hpp"
#include "dashboard/http/http_server.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sherpa::dashboard {

/// A connection that is encrypted. At most one read and one write at a time; it lives until those
/// are over.
class Encrypted {
 public:
  virtual ~Encrypted() = default;
  /// `came` is what the client has sent already. Done with how much of it was used.
  virtual void begin(asio::const_buffer came, Done done) = 0;
  virtual void read(asio::mutable_buffer into, Done done) = 0;
  virtual void write(asio::const_buffer from, Done done) = 0;
  /// Says that nothing more will be sent, and waits until the client says so, too.
  virtual void finish(Done done) = 0;
};

/// What encrypted connections have in common: TLS 1.3 with one certificate.
class Tls {
 public:
  /// Errors name the file.
  static Result<std::shared_ptr<const Tls>> make(const TlsFiles& files);
  virtual ~Tls() = default;

  virtual std::shared_ptr<Encrypted> over(std::shared_ptr<Plain> connection) const = 0;
  /// Under which the certificate is good; `*.example.org` stands for all names right below
  /// example.org.
  virtual const std::vector<std::string>& names() const = 0;
  /// What a client sends first, when it wants to be encrypted, begins with this byte. No request
  /// does.
  static constexpr char first_byte = 0x16;
};

}  // namespace sherpa::dashboard
