import json

from conftest import SHERPA, SOURCE, wait_for

# By its full name: Grid Engine's jobs have an environment of their own.
REPORT = f"{SHERPA} trial report --objective {{x}} || exit 1"
# Reports, signals it, and continues when allowed.
WAIT = (
    f"{SHERPA} trial report --objective {{x}} --iteration 1 || exit 1; : > began.$SHERPA_TRIAL_ID.$SHERPA_ATTEMPT; "
    f"until [ -e go ]; do sleep 0.05; done; {SHERPA} trial report --objective {{x}} --iteration 2"
)


def began(study, trial, attempt=1):
    wait_for(lambda: (study.directory / f"began.{trial}.{attempt}").exists())


def go(study):
    (study.directory / "go").touch()


def test_runs_a_study_to_its_end(cluster, study):
    name = "-J 'my job'" if cluster.name == "slurm" else "-N mine"
    one = study(cluster, 'test "$GREETING" = "it is" || exit 1; ' + REPORT, 6, options=name, more={"scheduler": "environment: env.sh"})
    (one.directory / "env.sh").write_text("export GREETING='it is' PATH=" + cluster.env["PATH"] + "\n")
    one.start().finish()
    assert one.statuses() == {"COMPLETED": 6}
    assert len(one.facts("attempt_started")) == 6
    assert "--- trial 1, attempt 1" in one.output()
    one.tidy()


def test_takes_failures_for_what_they_are(cluster, study):
    one = study(cluster, REPORT + "; exit $((98 + SHERPA_TRIAL_ID))", 3).start()
    one.finish(1)
    assert one.statuses() == {"FAILED": 3}
    assert len(one.facts("attempt_started")) == 3, "to Grid Engine 99 means again, and 100 that the job is broken"
    one.tidy()


def test_stops_what_runs_and_what_waits(cluster, study):
    one = study(cluster, WAIT, 2, options=cluster.hold).start()
    wait_for(lambda: len(cluster.alive()) == 2)
    one.steer("stop", 1)
    wait_for(lambda: len(cluster.alive()) == 1)
    (id,) = cluster.alive()
    cluster.run(*(["scontrol", "release", id] if cluster.name == "slurm" else ["qrls", id]))
    began(one, 2)
    one.steer("stop", 2)
    one.finish()
    assert one.statuses() == {"STOPPED": 2}
    one.tidy()


def test_takes_a_job_that_somebody_cancels_for_stopped(cluster, study):
    one = study(cluster, WAIT, 2, concurrent=1).start()
    began(one, 1)
    cluster.cancel(*wait_for(cluster.running))
    began(one, 2)
    go(one)
    one.finish()
    assert one.statuses() == {"STOPPED": 1, "COMPLETED": 1}
    assert one.says("was cancelled")
    one.tidy()


def test_finds_its_jobs_again_after_the_coordinator_was_killed(cluster, study):
    one = study(cluster, WAIT, 4, concurrent=3).start()
    for trial in (1, 2, 3):
        began(one, trial)
    one.kill()
    one.start()
    go(one)
    one.finish()
    assert one.statuses() == {"COMPLETED": 4}
    assert len(one.facts("attempt_started")) == 4, "no attempt was lost"
    one.tidy()
    wait_for(lambda: cluster.ever(one.name) == 4)


def test_finds_waiting_jobs_again_too(cluster, study):
    one = study(cluster, REPORT, 2, options=cluster.hold).start()
    ids = wait_for(lambda: len(cluster.alive()) == 2 and cluster.alive())
    one.kill()
    one.start()
    wait_for(lambda: "waits" in one.log.read_text())
    cluster.run(*(["scontrol", "release", ",".join(ids)] if cluster.name == "slurm" else ["qrls", *ids]))
    one.finish()
    assert one.statuses() == {"COMPLETED": 2}
    assert len(one.facts("attempt_started")) == 2
    one.tidy()


def test_tries_a_requeued_trial_anew(cluster, study):
    one = study(cluster, WAIT, 1, options=cluster.again).start()
    began(one, 1)
    cluster.requeue(*wait_for(cluster.running))
    began(one, 1, attempt=2)
    go(one)
    one.finish()
    assert one.statuses() == {"COMPLETED": 1}
    assert len(one.facts("attempt_started")) == 2
    assert [row[0] for row in one.facts("attempt_ended")] == [1, 1]
    one.tidy()


def test_counts_exactly_however_often_jobs_are_requeued(cluster, study):
    one = study(cluster, WAIT, 4, concurrent=2, options=cluster.again).start()
    requeued = set()
    for attempt in (1, 2, 3):
        for trial in (1, 2):
            began(one, trial, attempt)
        fresh = wait_for(lambda: len(ids := set(cluster.running()) - requeued) == 2 and ids)
        for id in fresh:
            cluster.requeue(id)
        requeued |= fresh
    for trial in (1, 2):
        began(one, trial, attempt=4)
    go(one)
    one.finish()
    assert one.statuses() == {"COMPLETED": 4}
    assert [row[:2] for row in one.facts("trial_issued")] == [(1, None), (2, None), (3, None), (4, None)], "the budget is exact"
    attempts = [(1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (2, 2), (2, 3), (2, 4), (3, 1), (4, 1)]
    assert sorted(row[:2] for row in one.facts("attempt_started")) == attempts
    assert sorted(row[:2] for row in one.facts("attempt_ended")) == attempts
    one.tidy()


def test_interrupted_takes_its_jobs_along_and_goes_on_later(cluster, study):
    one = study(cluster, WAIT, 3, concurrent=2).start()
    began(one, 1)
    began(one, 2)
    one.process.terminate()
    assert one.wait() == 130
    wait_for(lambda: not cluster.alive())
    go(one)
    one.start().finish()
    assert one.statuses() == {"COMPLETED": 3}
    one.tidy()


def test_slurm_fences_a_job_on_a_node_that_is_given_up(slurm, study):
    one = study(slurm, WAIT, 1).start()
    began(one, 1)
    node = slurm.run("squeue", "-h", "-o", "%N").strip()
    slurmd = (slurm.directory / f"run/slurmd-{node}.pid").read_text().strip()
    slurm.run("kill", "-9", slurmd)  # what it started lives on
    slurm.run("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=test")
    began(one, 1, attempt=2)
    go(one)
    one.finish()
    assert one.statuses() == {"COMPLETED": 1}
    assert one.says("lost with its node")
    assert len(one.facts("observation")) == 3, "of the second attempt two, and none that the first one says later"
    slurm.run(*"slurmd -f".split(), slurm.directory / "etc/slurm.conf", "-N", node)
    wait_for(lambda: slurm.run("sinfo", "-h", "-n", node, "-o", "%T").strip() == "idle")
    one.tidy()


def test_slurm_tells_why_a_job_is_not_taken(slurm, study):
    one = study(slurm, REPORT, 4, options="-p nowhere", more={"run": "give_up_after: 1"}).start()
    assert one.wait() == 1
    assert "invalid partition" in one.log.read_text()


def test_slurm_tells_why_a_job_waits(slurm, study):
    one = study(slurm, REPORT, 1, options="-N 99").start()
    wait_for(lambda: "waits: PENDING (PartitionConfig)" in one.log.read_text())
    assert "  waiting  1 job: PENDING (PartitionConfig)" in slurm.run(SHERPA, "status", one.out)
    (trial,) = json.loads(slurm.run(SHERPA, "status", one.out, "--json"))["running"]
    assert trial["waits"] == "PENDING (PartitionConfig)"


def test_sge_tells_why_a_job_is_in_error(sge, study):
    one = study(sge, REPORT, 4, options="-wd /nowhere", more={"run": "give_up_after: 1"}).start()
    assert one.wait() == 1
    assert "Eqw" in one.log.read_text() and "can't chdir to /nowhere" in one.log.read_text()
    one.tidy()


def test_sge_tells_a_time_limit_from_a_failure(sge, study):
    one = study(sge, WAIT, 1, options="-l h_rt=0:0:2").start()
    one.finish(1)
    assert one.statuses() == {"FAILED": 1}
    assert one.says("reached its time limit")
    one.tidy()


PILOTS = "workers: {launch: %s, count: 4, slots: 2, notice: 20s, environment: env.sh}"


def test_lets_trials_flow_to_an_array_of_workers(cluster, study):
    trials = 1000 if cluster.name == "slurm" else 100
    one = study(cluster, REPORT, trials, workers=PILOTS % cluster.name)
    (one.directory / "env.sh").write_text("export FROM_ENVIRONMENT=1\n")
    one.start()
    one.wait(600)
    assert one.statuses() == {"COMPLETED": trials}
    assert len(one.facts("attempt_started")) == trials
    wait_for(lambda: not cluster.alive())
    assert cluster.ever(one.name) == (4 if cluster.name == "slurm" else 1), "one array of four tasks"


def test_keeps_its_workers_when_the_coordinator_was_killed(cluster, study):
    one = study(cluster, WAIT, 8, workers=PILOTS % cluster.name)
    (one.directory / "env.sh").touch()
    one.start()
    for trial in range(1, 9):
        began(one, trial)
    one.kill()
    one.start()
    go(one)
    one.finish()
    assert one.statuses() == {"COMPLETED": 8}
    assert len(one.facts("attempt_started")) == 8
    assert "are still running" in one.log.read_text()
    wait_for(lambda: not cluster.alive())


def test_slurm_runs_a_study_as_one_job_that_goes_on_by_itself(slurm, study):
    one = study(slurm, WAIT, 6, workers="workers: {launch: none}")
    script = SOURCE / "examples/slurm/study.sh"
    id = slurm.run("sbatch", "--parsable", f"--chdir={one.directory}", f"--output={one.log}", script, "study.yaml", one.out).strip()
    for trial in range(1, 5):
        began(one, trial)
    slurm.run("scancel", "--batch", "--signal=TERM", id)  # as --signal=B:TERM@120 would have it
    wait_for(lambda: slurm.alive().get(id) == "PENDING")
    go(one)
    # Slurm would wait for two minutes. Its nodes refuse credentials of the second in which the job was taken from them.
    slurm.run("scontrol", "update", f"JobId={id}", "StartTime=now+2")
    wait_for(lambda: not slurm.alive())
    assert one.statuses() == {"COMPLETED": 6}, one.log.read_text()


def test_slurm_runs_workers_as_a_step_of_the_allocation(slurm, study):
    one = study(slurm, WAIT, 6, workers="workers: {launch: srun, count: 4}")
    (one.directory / "job.sh").write_text(f"#!/bin/sh\nexec {SHERPA} run study.yaml\n")
    id = slurm.run("sbatch", "--parsable", "--ntasks=5", f"--chdir={one.directory}", f"--output={one.log}", one.directory / "job.sh").strip()
    for trial in range(1, 5):
        began(one, trial)
    assert set(slurm.run("squeue", "--steps", "-h", "-j", id, "-o", "%i").split()) == {f"{id}.batch", f"{id}.0"}
    go(one)
    wait_for(lambda: not slurm.alive())
    assert one.statuses() == {"COMPLETED": 6}, one.log.read_text()
    assert len(one.facts("attempt_started")) == 6
    wait_for(lambda: slurm.ended_with(id) == "COMPLETED")


def test_sge_runs_a_study_as_one_job_that_goes_on_by_itself(sge, study):
    one = study(sge, WAIT, 6, workers="workers: {launch: none}")
    script = SOURCE / "examples/sge/study.sh"
    id = sge.run("qsub", "-terse", "-wd", one.directory, "-o", one.log, "-v", f"SHERPA={SHERPA}", script, "study.yaml", one.out).strip()
    for trial in range(1, 4):
        began(one, trial)
    go(one)
    sge.run("qmod", "-rj", id)
    wait_for(lambda: not sge.alive())
    assert one.statuses() == {"COMPLETED": 6}, one.log.read_text()
