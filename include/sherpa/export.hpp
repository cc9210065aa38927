#pragma once

/// Marks what libsherpa.so offers; everything else in it is hidden.
#define SHERPA_API __attribute__((visibility("default")))
