#pragma once

#include <sherpa/progress.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace sherpa::runtime {

/// How a study looks on a terminal of this width: a bar, the best result, the running trials; each
/// line fits.
std::vector<std::string> draw(const Progress& progress, std::size_t width, std::size_t height);

/// Its workers on other hosts, a line each.
std::vector<std::string> workers_in_words(const Progress& progress);

/// How it looks in one plain line.
std::string in_words(const Progress& progress);

/// `1:05`, `2:03:04`
std::string show_time(std::chrono::duration<double> time);

/// The text cut to `columns` columns, with an ellipsis where something is missing; control
/// characters shown as spaces.
std::string fit_width(const std::string& text, std::size_t columns);

}  // namespace sherpa::runtime
