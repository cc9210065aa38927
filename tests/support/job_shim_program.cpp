// What `sherpa job` is to tests: the shim alone.

#include "schedulers/job_shim.hpp"

int main(int argc, char** argv) { return sherpa::schedulers::run_job_shim(argc, argv); }
