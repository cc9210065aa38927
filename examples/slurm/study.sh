#!/bin/bash
# A whole study as one job of Slurm, coordinator and workers, which goes on by itself when its time is up or it is preempted:
#
#   sbatch examples/slurm/study.sh study.yaml OUTPUT-DIRECTORY
#
# The study file says `workers: {launch: none}`, and names the same output directory, which lies where all nodes see it. $SHERPA: the
# command, where it is not in PATH.
#SBATCH --job-name=sherpa
#SBATCH --ntasks=5
#SBATCH --time=4:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@120
set -u
study=${1:?study file} out=${2:?output directory} sherpa=${SHERPA:-sherpa} code=1

# Told to go, the coordinator tells all trials to end, which publish what they have, and stores everything.
"$sherpa" run "$study" &
coordinator=$!
trap 'kill -TERM $coordinator' TERM USR1

# Workers look for the coordinator until it is there, and leave when the study has ended.
until [ -e "$out/join" ] || ! kill -0 $coordinator; do sleep 0.2; done
srun --overlap --ntasks=$((SLURM_NTASKS - 1)) --cpus-per-task=1 --kill-on-bad-exit=0 --wait=0 "$sherpa" worker --join "$out/join" &

# A trap ends `wait`, but not what it waits for.
while :; do
  wait $coordinator
  code=$?
  kill -0 $coordinator 2>/dev/null || break
done
wait $coordinator
last=$?
[ $last = 127 ] || code=$last # else it was waited for already
kill $(jobs -p) 2>/dev/null # workers of a study that is interrupted would wait for it
wait
[ $code != 130 ] || scontrol requeue "$SLURM_JOB_ID" # interrupted: the same job goes on with the same study
exit $code
