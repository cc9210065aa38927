// The shim around a local job, by itself: `sherpa job --local` is the same, and takes some
// milliseconds to load what it does not need.

#include "schedulers/local/job_shim.hpp"

int main(int argc, char** argv) { return sherpa::schedulers::run_job_shim(argc, argv); }
