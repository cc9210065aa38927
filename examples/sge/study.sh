#!/bin/bash
# A whole study as one job of Grid Engine, coordinator and workers on one host. When Grid Engine tells it to end, it
# requeues itself:
#
#   qsub examples/sge/study.sh study.yaml OUTPUT-DIRECTORY
#
# The study file has `workers: {launch: none}` and the same output directory. If `sherpa` is not in the PATH of a login
# shell: -v SHERPA=/path/to/sherpa.
#$ -N sherpa
#$ -S /bin/bash
#$ -cwd
#$ -j y
#$ -pe smp 4
#$ -r y
#$ -notify
set -u
study=${1:?study file} out=${2:?output directory} sherpa=${SHERPA:-sherpa} code=1

# On SIGTERM the coordinator tells all trials to end; they publish their checkpoints, and it stores everything. Grid Engine
# signals the whole process group; `set -m` puts these processes into groups of their own.
set -m
"$sherpa" run "$study" &
coordinator=$!
trap 'kill -TERM $coordinator' TERM USR1 USR2

until [ -e "$out/join" ] || ! kill -0 $coordinator; do sleep 0.2; done
for ((i = 1; i < NSLOTS; i++)); do "$sherpa" worker --join "$out/join" & done

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
[ $code != 130 ] || exit 99 # interrupted: 99 tells Grid Engine to start the job again
exit $code
