// The shim around a local job as a small program: `sherpa job --local` does the same, but takes
// milliseconds longer to load unneeded libraries.

#include "schedulers/local/job_shim.hpp"

int main(int argc, char** argv) { return sherpa::schedulers::run_job_shim(argc, argv); }
