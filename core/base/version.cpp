#include <sherpa/version.hpp>

namespace sherpa {

std::string_view version() { return SHERPA_VERSION; }

}  // namespace sherpa
