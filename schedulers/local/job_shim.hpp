#pragma once

namespace sherpa::schedulers {

/// What a shim finds open when it starts, beside standard output and error, which are its
/// command's.
namespace shim_fd {
/// The coordinator's connection, of packets: receives reasons to stop, one word each; its end means
/// that the coordinator is gone.
constexpr int control = 0;
constexpr int lock = 3;  ///< a lock that is held as long as this shim lives
/// Where a restarted coordinator connects; it receives "pid N", the one before it "taken".
constexpr int listener = 4;
}  // namespace shim_fd

/// The shim around one local job: runs a command, stops it on request, and leaves nothing of it
/// behind, whichever process dies first.
///
///   … [--local] TRIAL ATTEMPT GRACE_MS ORPHAN_GRACE_MS DIRECTORY COMMAND [ARGUMENT…]
///
/// It runs in the directory of the jobs, as the leader of a session, without other threads; the
/// command in DIRECTORY, as the leader of a process group. When the command has ended, and all that
/// it started, however far it went, it writes trial_<TRIAL>.<ATTEMPT>.end and returns. Without a
/// coordinator for ORPHAN_GRACE_MS the command is stopped: SIGTERM, after GRACE_MS SIGKILL.
int run_job_shim(int argc, char** argv);

}  // namespace sherpa::schedulers
