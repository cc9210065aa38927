// Frames that are damaged on purpose: each is refused with a FrameError and changes nothing, or
// leaves a study whose parts agree.
// Run by page.test.mjs for a while; for longer: node tests/page/fuzz.mjs SECONDS [SEED]
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { FrameError } from "../../dashboard/page/frame.js";
import { Study } from "../../dashboard/page/study.js";
import { frame, greeting } from "./frames.mjs";

const seeds = [
  frame(
    1,
    5,
    [
      [1, "study_created", 1, { uuid: "u" }],
      [
        2,
        "trial_issued",
        5,
        { trial: 1, configuration: { lr: 0.5, act: "relu" }, origin: { k: 1 } },
      ],
      [3, "attempt_started", 6, { trial: 1, attempt: 1, worker: "w" }],
    ],
    [
      { number: 4, trial: 1, iteration: 1, objective: 3, loss: 7 },
      { number: 5, trial: 1, iteration: 2, objective: NaN },
    ],
  ),
  frame(
    1,
    9,
    [
      [2, "trial_issued", 5, { trial: 1, configuration: {} }],
      [3, "trial_issued", 5, { trial: 2, configuration: { lr: 1 } }],
      [4, "worker_joined", 5, { worker: { name: "w", slots: 2, resources: ["gpu:0"] } }],
      [5, "attempt_started", 6, { trial: 2, attempt: 1, worker: "w", resources: { gpu: 1 } }],
      [8, "attempt_ended", 7, { trial: 2, attempt: 1, end: 2, detail: { exit_code: 1 } }],
      [9, "trial_ended", 8, { trial: 2, status: 2, objective: -Infinity, context: { loss: 1 } }],
    ],
    [
      { number: 6, trial: 2, iteration: 5, objective: 1, loss: 1 },
      { number: 7, trial: 2, attempt: 2, iteration: 2, objective: 2, loss: 2, withdraws: 2 },
    ],
  ),
  frame(1, 6, [
    [
      2,
      "study_changed",
      5,
      { algorithm: '{"name":"RandomSearch"}', limits: { budget: 4, max_concurrent: 2 } },
    ],
    [3, "steered", 5, { action: 2, max_concurrent: 3 }],
    [4, "stop_requested", 5, { trial: 0 }],
    [5, "worker_left", 6, { name: "w" }],
    [6, "study_ended", 7, { why: 1 }],
  ]),
  frame(
    1,
    3,
    [],
    [
      { number: 1, trial: 1, iteration: 1, objective: 1 },
      { number: 2, trial: 1, iteration: 1, objective: 1 },
      { number: 3, trial: 3, iteration: 1, objective: 1 },
    ],
  ),
].map((one) => new Uint8Array(one));

// Always the same numbers for a seed.
function dice(seed) {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function damaged(random) {
  let bytes = [...seeds[random(seeds.length)]];
  for (let changes = 1 + random(4); changes > 0; --changes) {
    const at = random(bytes.length + 1);
    const other = seeds[random(seeds.length)];
    switch (random(9)) {
      case 0:
        bytes = bytes.slice(0, at);
        break;
      case 1:
        bytes.splice(at, 0, random(256));
        break;
      case 2:
        bytes.splice(at, random(8));
        break;
      case 3:
        bytes = [...bytes.slice(0, at), ...other.slice(random(other.length))];
        break;
      case 4:
        bytes.splice(at, 0, ...Array(random(200)).fill(0x91));
        break;
      case 5:
        bytes.splice(
          at,
          5,
          [0xdd, 0xdf, 0xc6, 0xdb][random(4)],
          random(2) * 255,
          random(256),
          random(256),
          random(256),
        );
        break;
      case 6:
        bytes = Array.from({ length: random(300) }, () => random(256));
        break;
      default:
        if (at < bytes.length) bytes[at] ^= 1 << random(8);
    }
  }
  return new Uint8Array(bytes).buffer;
}

// What must hold of a study, whatever frames it received.
function check(study) {
  let rows = 0;
  study.trials.forEach((trial, i) => {
    assert.equal(trial.id, i + 1);
    const { curve } = trial;
    rows += curve.length;
    assert.ok(
      curve.length <= curve.iterations.length &&
        curve.iterations.length === curve.objectives.length,
    );
    for (const column of curve.metrics.values())
      assert.equal(column.length, curve.iterations.length);
    study.value(trial, "#status");
  });
  assert.equal(
    study.trials.length,
    Object.keys(study.trials).length,
    "no trial is missing between others",
  );
  assert.ok(rows <= study.rows);
  if (study.best) assert.ok(Number.isFinite(study.best.value));
}

const summary = (study) =>
  JSON.stringify([
    study.number,
    study.rows,
    study.version,
    study.about,
    study.trials.map((t) => [t.values, t.status, t.curve.length, t.attempts]),
    [...study.workers],
    study.metricNames,
  ]);

export function play(seed) {
  const random = dice(seed);
  const study = new Study();
  study.greet(greeting());
  let taken = 0;
  for (let i = 0; i < 4; ++i) {
    const before = summary(study);
    const number = study.number;
    try {
      study.take(random(3) ? damaged(random) : seeds[random(seeds.length)].slice().buffer);
      ++taken;
      assert.ok(study.number >= number);
    } catch (error) {
      assert.ok(error instanceof FrameError, `seed ${seed}: ${error.stack}`);
      assert.equal(summary(study), before, `seed ${seed}: a refused frame changes something`);
    }
    check(study);
  }
  return taken;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [seconds, first] = process.argv.slice(2).map(Number);
  const until = performance.now() + 1000 * (seconds || 60);
  let seed = first || 1;
  let taken = 0;
  for (const begin = seed; performance.now() < until; ++seed) {
    const before = process.cpuUsage();
    taken += play(seed);
    const { user } = process.cpuUsage(before);
    if (user > 1e6) throw new Error(`seed ${seed} took ${user / 1000} ms`);
    if (seed % 100000 === 0) console.log(`${seed - begin + 1} studies, ${taken} frames taken`);
  }
  console.log(`to seed ${seed}: ${taken} frames taken, the others refused`);
}
