#!/bin/bash
# A whole study as one Slurm job, coordinator and workers. When its time is up or it is preempted, it requeues itself:
#
#   sbatch examples/slurm/study.sh study.yaml OUTPUT-DIRECTORY
#
# The study file has `workers: {launch: none}` and the same output directory, on a file system that all nodes see.
# $SHERPA: path of the command, if it is not in PATH.
#SBATCH --job-name=sherpa
#SBATCH --ntasks=5
#SBATCH --time=4:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@120
set -u
study=${1:?study file} out=${2:?output directory} sherpa=${SHERPA:-sherpa} code=1

# On SIGTERM the coordinator tells all trials to end; they publish their checkpoints, and it stores everything.
"$sherpa" run "$study" &
coordinator=$!
trap 'kill -TERM $coordinator' TERM USR1

# Workers dial until the coordinator answers, and leave when the study has ended.
until [ -e "$out/join" ] || ! kill -0 $coordinator; do sleep 0.2; done
srun --overlap --ntasks=$((SLURM_NTASKS - 1)) --cpus-per-task=1 --kill-on-bad-exit=0 --wait=0 "$sherpa" worker --join "$out/join" &

# A trapped signal ends `wait`, not the coordinator.
while :; do
  wait $coordinator
  code=$?
  kill -0 $coordinator 2>/dev/null || break
done
wait $coordinator
last=$?
[ $last = 127 ] || code=$last # 127: an earlier wait has its exit code
kill $(jobs -p) 2>/dev/null # workers of an interrupted study would wait for it
wait
[ $code != 130 ] || scontrol requeue "$SLURM_JOB_ID" # interrupted: the same job resumes the study
exit $code
