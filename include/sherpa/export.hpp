#pragma once

/// Exports a symbol from libsherpa.so; all others are hidden.
#define SHERPA_API __attribute__((visibility("default")))
