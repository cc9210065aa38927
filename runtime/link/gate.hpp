#pragma once

#include "runtime/link/authority.hpp"
#include "runtime/link/options.hpp"
#include "study/link.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sherpa::runtime::link {

struct GateOptions {
  std::string study{};                  ///< UUID
  Identity coordinator{};               ///< of the study's authority
  std::string authority{};              ///< its certificate
  std::string host = "127.0.0.1";       ///< an address of this machine; "", :: or 0.0.0.0 for all of them ("": of any family)
  std::optional<std::uint16_t> port{};  ///< taken if it is free; otherwise one that is
  Options link{};
};

/// A gate on mutual TLS 1.3, with a thread of its own that takes no signals. It has its port at once. Errors: invalid_argument
/// for an unusable address or certificate, wrong_state when there is no port.
Result<std::unique_ptr<study::link::Gate>> make_gate(GateOptions options);

}  // namespace sherpa::runtime::link
