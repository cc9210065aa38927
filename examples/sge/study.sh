#!/bin/bash
# A whole study as one job of Grid Engine, coordinator and workers on one host, which goes on by itself when it is told to go:
#
#   qsub examples/sge/study.sh study.yaml OUTPUT-DIRECTORY
#
# The study file says `workers: {launch: none}`, and names the same output directory. Where `sherpa` is not in the PATH of a login shell:
# -v SHERPA=/path/to/sherpa.
#$ -N sherpa
#$ -S /bin/bash
#$ -cwd
#$ -j y
#$ -pe smp 4
#$ -r y
#$ -notify
set -u
study=${1:?study file} out=${2:?output directory} sherpa=${SHERPA:-sherpa} code=1

# Told to go, the coordinator tells all trials to end, which publish what they have, and stores everything. Signals of Grid Engine
# come to the whole group of processes; these are out of it.
set -m
"$sherpa" run "$study" &
coordinator=$!
trap 'kill -TERM $coordinator' TERM USR1 USR2

until [ -e "$out/join" ] || ! kill -0 $coordinator; do sleep 0.2; done
for ((i = 1; i < NSLOTS; i++)); do "$sherpa" worker --join "$out/join" & done

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
[ $code != 130 ] || exit 99 # interrupted: to Grid Engine 99 means that the job is to be started again
exit $code
