#include "core/feed/enumerations.hpp"

#include "core/study/facts.hpp"

namespace sherpa::feed {

using space::json::Json;

namespace {

template <class Names>
Json list(const Names& names) {
  Json out = Json::array();
  for (auto name : names) out.push_back(std::string(name));
  return out;
}

}  // namespace

Json enumerations() {
  return {{"fact", list(study::fact_names)},
          {"status", list(base::Enumerators<TrialStatus>::names)},
          {"end", list(base::Enumerators<study::End>::names)},
          {"stop_by", list(base::Enumerators<study::StopBy>::names)},
          {"steering", list(base::Enumerators<study::Steering>::names)},
          {"end_of_study", list(base::Enumerators<study::EndOfStudy>::names)}};
}

}  // namespace sherpa::feed
