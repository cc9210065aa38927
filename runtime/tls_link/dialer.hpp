#pragma once

#include "core/link/link.hpp"
#include "runtime/tls_link/join_file.hpp"
#include "runtime/tls_link/options.hpp"

#include <filesystem>
#include <functional>
#include <memory>

namespace sherpa::runtime::tls_link {

/// Where the coordinator is now, and by what it is known; asked at each dial, on the link's thread.
using LookUp = std::function<Result<JoinFile>()>;

/// Dials over mutual TLS 1.3, with a thread of its own that takes no signals. The coordinator's
/// addresses are tried one after the other, the one that answered last time first.
std::unique_ptr<link::Dialer> make_dialer(LookUp look_up, Options options = {});
/// The same; the join file is read again at each dial, because a coordinator that starts elsewhere
/// writes a new one.
std::unique_ptr<link::Dialer> make_dialer(const std::filesystem::path& join_file,
                                          Options options = {});

}  // namespace sherpa::runtime::tls_link
