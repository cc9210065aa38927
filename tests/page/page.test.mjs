// The page's modules that need no page. Run by: node --test tests/page
import assert from "node:assert/strict";
import test from "node:test";
import { axesOf, placesOf, scaleOf, within } from "../../dashboard/page/axes.js";
import { ramp, stepOf, steps } from "../../dashboard/page/colour.js";
import { columnNames } from "../../dashboard/page/columns.js";
import { compile } from "../../dashboard/page/filter.js";
import { FrameError } from "../../dashboard/page/frame.js";
import { decode } from "../../dashboard/page/msgpack.js";
import {
  categories,
  duration,
  format,
  linear,
  linearTicks,
  log,
  logOf,
  logTicks,
  robustRange,
} from "../../dashboard/page/scale.js";
import { toCsv } from "../../dashboard/page/save.js";
import { Study } from "../../dashboard/page/study.js";
import { fromHash, toHash, usual } from "../../dashboard/page/view.js";
import { enumerations, frame, greeting } from "./frames.mjs";
import { play } from "./fuzz.mjs";

const bytes = (...all) => new Uint8Array(all).buffer;

function studyWith(objectives) {
  const study = new Study();
  study.greet(
    greeting(
      {
        ...Object.fromEntries(
          ["issued", "started", "ended", "k", "attempt"].map((name) => [
            name,
            objectives.map(() => 1),
          ]),
        ),
        ...Object.fromEntries(
          ["running", "stopping"].map((name) => [name, objectives.map(() => 0)]),
        ),
        status: objectives.map(() => 1),
        iteration: objectives.map(() => 1),
        objective: objectives,
        worker: objectives.map(() => ""),
        values: {
          lr: objectives.map((_, i) => 0.001 * (i + 1)),
          act: objectives.map((_, i) => (i % 2 ? "relu" : "tanh")),
        },
      },
      100,
    ),
  );
  return study;
}

test("msgpack is read, and nothing but msgpack", () => {
  assert.deepEqual(decode(bytes(0x93, 1, 0xc0, 0xff)), [1, null, -1]);
  assert.equal(decode(bytes(0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0)), Infinity);
  assert.equal(decode(bytes(0xcf, 0, 0, 0, 1, 0, 0, 0, 0)), 2 ** 32);
  assert.equal(decode(bytes(0xa2, 0xc3, 0xa4)), "ä");
  assert.equal({}.polluted, undefined);
  const map = decode(bytes(0x81, 0xa9, ...new TextEncoder().encode("__proto__"), 1));
  assert.equal(Object.getPrototypeOf(map), null);
  for (const wrong of [
    bytes(),
    bytes(0xc1),
    bytes(0x92, 1),
    bytes(1, 1),
    bytes(0xdd, 255, 255, 255, 255),
    bytes(0xdb, 0, 0, 0, 9, 65),
  ])
    assert.throws(() => decode(wrong), RangeError);
});

test("a study grows by frames, each fact once", () => {
  const study = new Study();
  study.greet(greeting());
  const one = frame(
    1,
    5,
    [
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
      { number: 5, trial: 1, iteration: 2, objective: 2 },
    ],
  );
  const grown = study.take(one);
  assert.deepEqual([...grown.values()], [0]);
  study.take(one);
  assert.equal(study.rows, 2);
  assert.deepEqual([...study.trial(1).curve.objectives.slice(0, 2)], [3, 2]);
  assert.equal(study.trial(1).curve.metrics.get("loss")[0], 7);
  assert.ok(Number.isNaN(study.trial(1).curve.metrics.get("loss")[1]));
  assert.equal(study.best.value, 2);
  assert.equal(study.value(study.trial(1), "#status"), "running");
  // A frame that begins before what is known.
  study.take(
    frame(
      4,
      8,
      [
        [6, "attempt_ended", 9, { trial: 1, attempt: 1 }],
        [7, "trial_ended", 9, { trial: 1, status: 1, iteration: 3, objective: 1 }],
      ],
      [
        { number: 4, trial: 1, iteration: 1, objective: 3 },
        { number: 5, trial: 1, iteration: 2, objective: 2 },
      ],
    ),
  );
  assert.equal(study.rows, 2);
  assert.equal(study.number, 8);
  assert.equal(study.value(study.trial(1), "#objective"), 1);
});

test("a frame that does not follow is refused, and changes nothing", () => {
  const study = studyWith([1, 2]);
  for (const wrong of [
    bytes(0x80),
    frame(2, 3, []),
    frame(1, 2, [[2, "trial_issued", 1, { trial: 4e9, configuration: {} }]]),
    frame(1, 2, [[3, "trial_issued", 1, { trial: 3 }]]),
    frame(1, 2, [[2, "study_changed", 1, { algorithm: "{", limits: { max_concurrent: 1 } }]]),
    frame(1, 2, [[1, "trial_ended", 1, { trial: 1, status: -9 }]]),
  ])
    assert.throws(() => study.take(wrong), FrameError);
  assert.deepEqual([study.number, study.trials.length, study.rows], [0, 2, 0]);
});

test("damaged frames are refused, or leave a study whose parts agree", () => {
  let taken = 0;
  for (let seed = 1; seed <= 20000; ++seed) taken += play(seed);
  assert.ok(taken > 20000 && taken < 60000, String(taken));
});

test("enumerations have the names that the greeting gives them", () => {
  const study = new Study();
  study.greet(greeting({}, 0));
  const ends = (end) => [[study.number + 1, "attempt_ended", 5, { trial: 1, attempt: 1, end }]];
  const take = (facts) => study.take(frame(study.number + 1, study.number + facts.length, facts));
  take([
    [1, "trial_issued", 5, { trial: 1, configuration: {} }],
    [2, "attempt_started", 6, { trial: 1, attempt: 1 }],
  ]);
  enumerations.end.forEach((name, end) => {
    take(ends(end));
    assert.equal(study.trial(1).attempts[0].end, name);
  });
  take([[study.number + 1, "stop_requested", 6, { trial: 1, by: 1, why: "enough" }]]);
  assert.equal(study.trial(1).why, "stopped by a user: enough");
  take([[study.number + 1, "steered", 6, { action: enumerations.steering.indexOf("paused") }]]);
  assert.ok(study.about.paused);
  take([[study.number + 1, "study_ended", 7, { why: 2 }]]);
  assert.equal(study.about.ended.why, "cancelled");
});

test("what has no name is shown as unknown", () => {
  const study = new Study();
  study.greet({ ...greeting({}, 0), enumerations: undefined });
  study.take(
    frame(1, 6, [
      [1, "trial_issued", 5, { trial: 1, configuration: {} }],
      [2, "attempt_started", 6, { trial: 1, attempt: 1 }],
      [3, "stop_requested", 6, { trial: 1, by: 1 }],
      [4, "attempt_ended", 7, { trial: 1, attempt: 1, end: 9 }],
      [5, "trial_ended", 7, { trial: 1, status: 9 }],
      [6, "study_ended", 7, { why: 9 }],
    ]),
  );
  const trial = study.trial(1);
  assert.deepEqual([trial.attempts[0].end, trial.why], ["unknown (9)", "stopped by unknown (1)"]);
  assert.equal(study.value(trial, "#status"), "unknown (9)");
  assert.equal(study.counts()["unknown (9)"], 1);
  assert.equal(study.about.ended.why, "unknown (9)");
  assert.match(toCsv(study, [1]), /^1,unknown \(9\),/m);
  study.greet({ goes_on: true, enumerations });
  assert.equal(
    study.nameOf("end", 6),
    "interrupted",
    "a greeting without a snapshot has them, too",
  );
  assert.equal(study.nameOf("end", 9), "unknown (9)");
});

test("without a coordinator nothing runs, and no time passes", () => {
  for (const alive of [true, false]) {
    const study = new Study();
    study.greet({ ...greeting({}, 0), alive });
    study.take(
      frame(1, 2, [
        [1, "trial_issued", 5, { trial: 1, configuration: {} }],
        [2, "attempt_started", 6, { trial: 1, attempt: 1 }],
      ]),
    );
    assert.equal(study.statusOf(study.trial(1)), alive ? "running" : "waiting");
    assert.equal(study.until(1e6), alive ? 1e6 : study.lastAt);
  }
});

test("a change of the study's limits", () => {
  const study = studyWith([1]);
  const change = (number, limits) =>
    study.take(
      frame(study.number + 1, number, [
        [number, "study_changed", 1, { algorithm: '{"name": "RandomSearch"}', limits }],
      ]),
    );
  study.take(frame(1, 100, []));
  change(101, { budget: 5, max_concurrent: 4 });
  assert.deepEqual(
    [study.about.max_concurrent, study.about.limits.budget, study.about.algorithm.name],
    [4, 5, "RandomSearch"],
  );
  study.take(frame(102, 102, [[102, "steered", 1, { action: 2, max_concurrent: 2 }]]));
  change(103, { budget: null, max_concurrent: 4 });
  assert.deepEqual(
    [study.about.max_concurrent, study.about.limits.budget],
    [2, null],
    "what a user set holds",
  );
  change(104, { budget: null, max_concurrent: 0 });
  assert.equal(study.about.max_concurrent, 0, "until a run configures another limit");
});

test("what a later attempt withdraws does not count", () => {
  const study = new Study();
  study.greet(greeting());
  study.take(
    frame(
      1,
      5,
      [[2, "trial_issued", 5, { trial: 1, configuration: {} }]],
      [
        { number: 3, trial: 1, iteration: 1, objective: 3 },
        { number: 4, trial: 1, iteration: 2, objective: 1 },
        { number: 5, trial: 1, attempt: 2, iteration: 2, objective: 2, withdraws: 2 },
      ],
    ),
  );
  assert.deepEqual(
    [...study.trial(1).curve.objectives.slice(0, study.trial(1).curve.length)],
    [3, 2],
  );
  assert.equal(study.best.value, 2, "the best is among what counts");
});

test("observations out of order are put in order", () => {
  const study = new Study();
  study.greet(greeting());
  study.take(
    frame(
      1,
      4,
      [[2, "trial_issued", 5, { trial: 1, configuration: {} }]],
      [
        { number: 3, trial: 1, iteration: 5, objective: 1 },
        { number: 4, trial: 1, iteration: 2, objective: 2 },
      ],
    ),
  );
  assert.deepEqual([...study.trial(1).curve.column("").slice(0, 2)], [2, 1]);
});

test("facts that the snapshot knows do not undo it", () => {
  const study = studyWith([0.5]);
  study.take(
    frame(
      1,
      3,
      [
        [1, "trial_issued", 1, { trial: 1, configuration: { lr: 0.001 } }],
        [2, "attempt_started", 2, { trial: 1, attempt: 1 }],
      ],
      [{ number: 3, trial: 1, iteration: 1, objective: 0.75 }],
    ),
  );
  assert.equal(study.value(study.trial(1), "#status"), "completed");
  assert.equal(study.trial(1).attempts.length, 1);
  assert.equal(study.rows, 1);
});

test("expressions select", () => {
  const study = studyWith([3, 1, 2]);
  const choose = (text) =>
    study.trials
      .filter(compile(text, ["lr", "act"], (t, name) => study.value(t, name)))
      .map((t) => t.id);
  assert.deepEqual(choose(""), [1, 2, 3]);
  assert.deepEqual(choose("objective < 3"), [2, 3]);
  assert.deepEqual(choose("act == relu or objective>=3"), [1, 2]);
  assert.deepEqual(choose("not (act = relu) and completed"), [1, 3]);
  assert.deepEqual(choose('"act" ~ EL'), [2]);
  assert.deepEqual(choose("lr <= 0.002 and id != 1"), [2]);
  for (const wrong of [
    "lr",
    "lr <",
    "nothing < 3",
    "lr < many",
    "(lr < 1",
    "lr < 1 lr",
    "< 3",
    "and",
    "lr < 1 or",
    "lr == 1) or (1 == 1",
  ])
    assert.throws(() => choose(wrong), SyntaxError, wrong);
});

test("scales go there and back", () => {
  const lr = log([1e-4, 1], [100, 0]);
  assert.ok(Math.abs(lr(1e-2) - 50) < 1e-9);
  assert.ok(Math.abs(lr.invert(50) - 1e-2) < 1e-12);
  assert.deepEqual(logTicks(1e-4, 1, 5), [1e-4, 1e-3, 1e-2, 1e-1, 1]);
  assert.deepEqual(linearTicks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(linearTicks(-3, 7, 2), [0, 5]);
  assert.ok(Number.isFinite(linear([2, 2], [0, 1])(2)), "one value is a range, too");
  assert.equal(categories(["a", "b"], [0, 100])("b"), 75);
  assert.equal(categories(["a", "b"], [0, 100]).invert(99), "b");
});

test("ranges leave outliers out, and never the best", () => {
  const values = Array.from({ length: 200 }, (_, i) => i / 100);
  assert.deepEqual(robustRange([...values, 1e9, Infinity, NaN]), [0, 1.99]);
  assert.equal(robustRange([...values, -1e9], [-1e9])[0], -1e9);
  assert.deepEqual(robustRange([]), [0, 1]);
});

test("numbers are short", () => {
  assert.equal(format(0.00012345), "1.23e−4");
  assert.equal(format(1234567), "1234567");
  assert.equal(format(NaN), "NaN");
  assert.equal(format([1, "a"]), "[1, a]");
  assert.equal(duration(3725), "1:02:05");
});

test("axes: of parameters, the objective and metrics", () => {
  const study = studyWith([1, 2]);
  const axes = axesOf(study);
  assert.deepEqual(
    axes.map((axis) => axis.name),
    ["lr", "act", "#objective"],
  );
  const act = axes[1];
  const scale = scaleOf(study, act, [100, 0]);
  const places = placesOf(study, act, scale);
  assert.ok(places[0] < 50 && places[1] > 50, "tanh above relu, spread within their halves");
  assert.ok(within(act, { names: ["tanh"] }, "tanh") && !within(act, { names: ["tanh"] }, "relu"));
  assert.ok(
    within(
      axes[0],
      {
        ranges: [
          [7, 8],
          [0, 1],
        ],
      },
      0.5,
    ) &&
      !within(
        axes[0],
        {
          ranges: [
            [7, 8],
            [0, 1],
          ],
        },
        5,
      ) &&
      !within(axes[0], { ranges: [[0, 1]] }, NaN),
  );
});

test("what has no place on a logarithmic axis has one of its own", () => {
  const study = studyWith([10, 0, -1, 1000, NaN]);
  const axis = { ...axesOf(study).find((one) => one.name === "#objective"), log: true };
  const scale = scaleOf(study, axis, [100, 0]);
  assert.deepEqual(
    [...placesOf(study, axis, scale)].map((y) => Number.isFinite(y)),
    [true, true, false, true, false],
    "unless one is reserved, there is a gap, or the end of the axis",
  );
  scale.none = 110;
  assert.deepEqual(
    [...placesOf(study, axis, scale)].map((y) => Math.round(y)),
    [100, 110, 110, 0, 110],
  );
  const linear = scaleOf(study, { ...axis, log: false }, [100, 0]);
  linear.none = 110;
  const places = placesOf(study, { ...axis, log: false }, linear);
  assert.ok(places[1] < 101 && places[4] === 110);
  // A parameter that was declared to begin at zero.
  const from0 = scaleOf(study, { name: "lr", kind: "number", log: true, range: [0, 1] }, [100, 0]);
  assert.equal(from0.kind, "log");
  assert.ok(Math.abs(from0(0.001) - 100) < 1e-9);

  const curve = logOf([-1, 0, 10, 1000], [-1], [100, 0]);
  assert.equal(curve(-1), curve.none);
  assert.ok(curve.none > curve(10) && curve(10) > curve(1000) && Number.isNaN(curve(NaN)));
  assert.equal(logOf([1, 10], [], [100, 0]).none, undefined);
  assert.equal(logOf([-1, 0], [], [100, 0])(-1), 93, "with nothing above zero, too");
});

test("colours: the best is the last step", () => {
  assert.equal(stepOf(1, [1, 2], true), steps - 1);
  assert.equal(stepOf(1, [1, 2], false), 0);
  assert.equal(stepOf(NaN, [1, 2], true), -1);
  assert.equal(new Set(ramp(true)).size, steps);
});

test("a link restores the view, and takes no nonsense", () => {
  const view = {
    ...usual(),
    filter: "lr < 1",
    brushes: {
      "a b": {
        ranges: [
          [0, 1],
          [2, 3],
        ],
      },
    },
    axes: ["lr", "<img>"],
    trial: 7,
  };
  assert.deepEqual(fromHash(toHash(view)), view);
  assert.equal(toHash(usual()), "");
  for (const wrong of [
    "#x",
    "#%",
    "#" +
      encodeURIComponent(
        '{"axes": "lr", "sort": [1], "trial": -1, "brushes": {"lr": {"ranges": [["a", "b"]]}}, "theme": "x"}',
      ),
    "#null",
    "#[1]",
  ])
    assert.deepEqual(fromHash(wrong), usual(), wrong);
});

test("columns: a metric that has a parameter's name is called otherwise", () => {
  const { parameter, metric } = columnNames(["lr", "Objective", "context.act"]);
  assert.equal(parameter("lr"), "lr");
  assert.equal(parameter("Objective"), "parameters.Objective", "of a study of an earlier version");
  assert.deepEqual(["loss", "lr", "context.lr", "Status"].map(metric), [
    "loss",
    "context.lr",
    "context.context.lr",
    "context.Status",
  ]);
  assert.deepEqual(["act", "context.act"].map(metric), [
    "context.context.act",
    "context.context.context.act",
  ]);
  const study = studyWith([1]);
  study.metricNames = ["loss", "lr"];
  assert.deepEqual(
    axesOf(study).map((axis) => axis.label),
    ["lr", "act", "objective", "loss", "context.lr"],
  );
  assert.match(toCsv(study, [1]), /^Trial-ID,Status,Iteration,act,lr,Objective,loss,context.lr\n/);
});

test("a field that a spreadsheet would take for a formula becomes a text", () => {
  const study = studyWith([1, 2]);
  Object.assign(study.trial(1), { values: { lr: -0.5, act: "=1+2" } });
  assert.match(toCsv(study, [1]), /^1,COMPLETED,1,'=1\+2,-0.5,1$/m);
  study.trial(1).values = { lr: "-5", act: "-x" };
  assert.match(toCsv(study, [1]), /^1,COMPLETED,1,'-x,-5,1$/m);
});
