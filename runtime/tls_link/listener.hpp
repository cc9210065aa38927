#pragma once

#include "core/link/link.hpp"
#include "runtime/tls_link/authority.hpp"
#include "runtime/tls_link/options.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sherpa::runtime::tls_link {

struct ListenerOptions {
  std::string study{};      ///< UUID
  Identity coordinator{};   ///< of the study's authority
  std::string authority{};  ///< its certificate
  /// An address of this machine; "", :: or 0.0.0.0 for all of them ("": of any family).
  std::string host = "127.0.0.1";
  std::optional<std::uint16_t> port{};  ///< taken if it is free; otherwise one that is
  Options link{};
};

/// A listener on mutual TLS 1.3, with a thread of its own that takes no signals. It has its port at
/// once. Errors: invalid_argument for an unusable address or certificate, wrong_state when there is
/// no port.
Result<std::unique_ptr<link::Listener>> make_listener(ListenerOptions options);

}  // namespace sherpa::runtime::tls_link
