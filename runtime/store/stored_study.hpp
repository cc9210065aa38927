#pragma once

#include "core/base/result.hpp"
#include "core/study/engine.hpp"
#include "core/study/viewer.hpp"

#include <filesystem>
#include <memory>

namespace sherpa::runtime {

/// The study in a directory as it was left, without taking it over; its damage goes to the log, its
/// facts to the viewer. Errors: invalid_argument when the directory holds no study, locked while a
/// coordinator runs it, those of the store.
Result<std::unique_ptr<study::Engine>> read_stored_study(const std::filesystem::path& directory,
                                                         study::Viewer* viewer = nullptr);

}  // namespace sherpa::runtime
