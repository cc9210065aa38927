// Frames and greetings as the coordinator makes them, for tests.

// What the coordinator writes, as far as these tests need it.
function encode(value) {
  const out = [];
  const put = (x) => {
    if (x === null) out.push(0xc0);
    else if (typeof x === "boolean") out.push(x ? 0xc3 : 0xc2);
    else if (x instanceof Uint8Array)
      out.push(0xc6, ...new Uint8Array(new Uint32Array([x.length]).buffer).reverse(), ...x);
    else if (typeof x === "number" && Number.isInteger(x) && x >= 0 && !Object.is(x, -0))
      out.push(0xce, ...new Uint8Array(new Uint32Array([x]).buffer).reverse());
    else if (typeof x === "number")
      out.push(0xcb, ...new Uint8Array(new Float64Array([x]).buffer).reverse());
    else if (typeof x === "string") {
      const text = new TextEncoder().encode(x);
      out.push(0xda, text.length >> 8, text.length & 255, ...text);
    } else if (Array.isArray(x)) {
      out.push(0xdc, x.length >> 8, x.length & 255);
      x.forEach(put);
    } else {
      const entries = Object.entries(x);
      out.push(0xde, entries.length >> 8, entries.length & 255);
      for (const [key, one] of entries) (put(key), put(one));
    }
  };
  put(value);
  return new Uint8Array(out).buffer;
}
const column = (Kind, numbers) => new Uint8Array(new Kind(numbers).buffer);
export function frame(from, to, facts, rows = []) {
  const of = (name) => rows.map((row) => row[name]);
  return encode({
    from,
    to,
    facts,
    rows: {
      number: column(
        Uint32Array,
        rows.map((row) => row.number - from),
      ),
      trial: column(Uint32Array, of("trial")),
      attempt: column(
        Uint32Array,
        rows.map((row) => row.attempt ?? 1),
      ),
      iteration: column(Float64Array, of("iteration")),
      objective: column(Float64Array, of("objective")),
      withdrawn: rows.flatMap((row, i) =>
        row.withdraws === undefined ? [] : [[i, row.withdraws]],
      ),
      context: rows.some((row) => row.loss !== undefined)
        ? {
            loss: [
              column(
                Uint32Array,
                rows.flatMap((row, i) => (row.loss === undefined ? [] : [i])),
              ),
              column(
                Float64Array,
                rows.filter((row) => row.loss !== undefined).map((row) => row.loss),
              ),
            ],
          }
        : {},
    },
  });
}
// As core/feed/enumerations.cpp makes them.
export const enumerations = {
  fact: [
    "study_created",
    "study_changed",
    "trial_issued",
    "attempt_started",
    "observation",
    "stop_requested",
    "attempt_ended",
    "trial_ended",
    "checkpoint_published",
    "algorithm_done",
    "worker_joined",
    "worker_left",
    "steered",
    "study_ended",
  ],
  status: ["INTERMEDIATE", "COMPLETED", "FAILED", "STOPPED"],
  end: ["completed", "stopped", "failed", "timeout", "lost", "preempted", "interrupted"],
  stop_by: ["rule", "person"],
  steering: ["paused", "resumed", "limited", "enqueued", "reopened"],
  end_of_study: ["exhausted", "budget", "cancelled", "error"],
};
export const greeting = (trials = {}, number = 1) => ({
  goes_on: false,
  number,
  workers: [],
  enumerations,
  study: {
    uuid: "u",
    name: "s",
    created: 0,
    lower_is_better: true,
    parameters: [
      { name: "lr", type: "continuous", range: [0.001, 1], scale: "log" },
      { name: "act", type: "choice", range: ["relu", "tanh"] },
    ],
    limits: {},
    paused: false,
    ended: null,
    max_concurrent: 0,
  },
  trials: {
    issued: [],
    started: [],
    ended: [],
    k: [],
    attempt: [],
    running: [],
    stopping: [],
    status: [],
    iteration: [],
    objective: [],
    worker: [],
    values: {},
    context: {},
    ...trials,
  },
});
