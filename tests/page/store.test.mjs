// The state of the page, without a page. Run by: node --test tests/page/store.test.mjs
import assert from "node:assert/strict";
import test from "node:test";
import { showReport } from "../../dashboard/page/feeds.js";
import { Store } from "../../dashboard/page/store.js";
import { frame, greeting } from "./frames.mjs";

const header = { role: "operator", studies: ["s"], index: 0, now: 0 };

function storeWith(trials) {
  const store = new Store();
  store.greet({ ...header, ...greeting({}, 0) });
  const facts = trials.map((configuration, i) => {
    return [i + 1, "trial_issued", 5, { trial: i + 1, configuration }];
  });
  store.take(frame(1, trials.length, facts));
  store.refresh();
  return store;
}

// The events that an action causes.
function eventsOf(store, action) {
  const events = [];
  for (const event of ["view", "data", "selection", "brushing", "axes", "hover", "trial", "tab"])
    store.on(event, (detail) => events.push(detail === undefined ? event : `${event} ${detail}`));
  action();
  return events;
}

test("a filter and brushes select together", () => {
  const store = storeWith([
    { lr: 0.01, act: "relu" },
    { lr: 0.1, act: "relu" },
    { lr: 0.1, act: "tanh" },
  ]);
  assert.deepEqual([...store.mask, store.chosen], [1, 1, 1, 3]);
  assert.deepEqual(
    eventsOf(store, () => store.brush("act", { names: ["relu"] })),
    ["view", "brushing"],
  );
  store.setFilter("lr > 0.05");
  store.select();
  assert.deepEqual([...store.mask, store.chosen], [0, 1, 0, 1]);
  store.setFilter("lr >");
  store.select();
  assert.match(store.filterError, /value is missing/);
  assert.equal(store.chosen, 2, "a filter that cannot be read selects everything");
  store.clearSelection();
  store.select();
  assert.deepEqual([store.chosen, store.filterError, store.view.brushes], [3, "", {}]);
});

test("listeners are notified of new trials and of new observations", () => {
  const store = storeWith([{ lr: 0.1 }]);
  const events = eventsOf(store, () => {
    store.take(frame(2, 2, [], [{ number: 2, trial: 1, iteration: 1, objective: 3 }]));
    store.take(frame(3, 3, [[3, "trial_ended", 5, { trial: 1, status: 1, objective: 2 }]]));
    store.take(frame(3, 3, []));
  });
  assert.deepEqual(events, ["data rows", "data trials", "data rows"]);
  assert.deepEqual(
    [...store.grown].map(([trial, from]) => [trial.id, from]),
    [[1, 0]],
  );
});

test("a trial is hovered once, and opened", () => {
  const store = storeWith([{ lr: 0.1 }]);
  const events = eventsOf(store, () => {
    store.hover(1);
    store.hover(1);
    store.openTrial(1);
  });
  assert.deepEqual(events, ["hover", "view", "trial"]);
  assert.deepEqual(store.focus(), { hovered: 1, opened: 1 });
});

test("axes are chosen, and keep their scale", () => {
  const store = storeWith([{ lr: 0.1, act: "relu" }]);
  assert.deepEqual(
    store.shown().map((axis) => axis.name),
    ["lr", "act", "#objective"],
  );
  store.showAxes(["#objective", "lr", "gone"]);
  assert.deepEqual(
    store.shown().map((axis) => axis.name),
    ["#objective", "lr"],
  );
  store.toggleLog(store.shown()[1]);
  store.refresh();
  assert.equal(store.shown()[1].log, false);
});

test("only an operator of a running study may steer", async () => {
  const store = storeWith([{}]);
  assert.equal(store.maySteer(), false, "not connected yet");
  store.setState("open");
  assert.equal(store.maySteer(), true);
  const answers = [
    { status: 200 },
    { status: 409, body: { detail: "it has ended" } },
    { status: 500 },
  ];
  store.connection = { ask: async () => answers.shift() };
  assert.equal(await store.steer("/pause"), "");
  assert.equal(await store.steer("/pause"), "it has ended");
  assert.notEqual(await store.steer("/pause"), "");
  store.role = "viewer";
  assert.equal(store.maySteer(), false);
});

test("a report has no study to ask", async () => {
  const store = new Store();
  const bytes = Buffer.from(frame(1, 1, [[1, "trial_issued", 5, { trial: 1, configuration: {} }]]));
  showReport(store, {
    greeting: { ...header, ...greeting({}, 0) },
    frames: [bytes.toString("base64")],
    importance: { parameters: {} },
  });
  assert.deepEqual([store.study.trials.length, store.state, store.maySteer()], [1, "open", false]);
  assert.equal((await store.connection.ask("GET", "/log")).status, 0);
  assert.deepEqual((await store.connection.ask("GET", "/importance")).body, { parameters: {} });
});
