// What the other end of a link sends: the bytes of one frame.

#include "core/link/link_messages.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/messages.hpp"

using namespace sherpa;
using namespace sherpa::study;

std::vector<std::string> fuzz::seeds() {
  std::vector<std::string> all;
  for (const auto& message : testing_support::one_of_each_message())
    all.push_back(link::encode(message));
  all.push_back(link::encode(link::Hello{.protocol = 2, .version = "9"}));
  return all;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto read = link::decode(bytes);
  if (!read) {
    const auto& error = read.error();
    fuzz::require(error.code == Errc::damaged || error.code == Errc::version,
                  "an unexpected kind of error");
    fuzz::require(!error.message.empty() && error.message.size() < 1000 &&
                      error.message.find('\n') == std::string::npos,
                  "an error that is not one line");
    return 0;
  }
  fuzz::require(link::kind_of(bytes) == read->index(), "it begins as another kind than it is");
  // What is taken is a message: written again and read again it is the same.
  auto once = link::encode(*read);
  auto again = link::decode(once);
  fuzz::require(again.has_value(), "what was read once cannot be read again");
  fuzz::require(link::encode(*again) == once, "it changes when it is written again");
  return 0;
}
