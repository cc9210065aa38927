#pragma once

#ifndef __has_feature  // of Clang
#define __has_feature(name) 0
#endif

namespace sherpa::testing_support {

/// Whether a sanitizer watches, beside which everything takes several times as long: tests that
/// repeat do so less often.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

}  // namespace sherpa::testing_support
