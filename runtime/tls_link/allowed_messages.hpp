#pragma once

#include "runtime/tls_link/authority.hpp"

#include <cstddef>

namespace sherpa::runtime::tls_link {

/// Whether the other end may say a message of this kind (its place in link::Message) to `party`,
/// after hello and welcome.
bool may_be_said_to(Party party, std::size_t kind);

}  // namespace sherpa::runtime::tls_link
