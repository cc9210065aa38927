#pragma once

#include <algorithm>
#include <span>
#include <string_view>

namespace sherpa::dashboard {

/// A file of the page, as the program carries it.
struct PageFile {
  std::string_view path;  ///< `/main.js`
  std::string_view content_type;
  std::string_view content;
};

/// All of dashboard/page/.
std::span<const PageFile> page_files();

/// Null when no file has this path.
inline const PageFile* find_page_file(std::string_view path) {
  auto files = page_files();
  auto at = std::find_if(files.begin(), files.end(),
                         [&](const PageFile& file) { return file.path == path; });
  return at == files.end() ? nullptr : &*at;
}

}  // namespace sherpa::dashboard
