// Reads and checks frames of the feed, which docs/dashboard.md describes.
import { decode, float64s, uint32s } from "./msgpack.js";

export class FrameError extends Error {}

function must(holds, what) {
  if (!holds) throw new FrameError("malformed feed frame: " + what);
}

const isNumber = (x) => typeof x === "number";
const isCount = (x) => Number.isSafeInteger(x) && x >= 0;
const isText = (x) => typeof x === "string";
const isMap = (x) =>
  x !== null && typeof x === "object" && !Array.isArray(x) && !(x instanceof Uint8Array);
const oneOf = (count) => (x) => isCount(x) && x < count;
const isJson = (x) => {
  if (!isText(x)) return false;
  try {
    JSON.parse(x || "null");
    return true;
  } catch {
    return false;
  }
};

// The fields of each kind of fact that the page reads. Fields at their default are left out, except
// those in `needed`.
const kinds = {
  trial_issued: { trial: isCount, configuration: isMap, origin: isMap },
  attempt_started: { trial: isCount, attempt: isCount, worker: isText, slots: isCount },
  stop_requested: { trial: isCount, by: isCount, why: isText },
  attempt_ended: { trial: isCount, attempt: isCount, end: isCount, detail: isMap },
  trial_ended: {
    trial: isCount,
    status: isCount,
    objective: isNumber,
    iteration: isNumber,
    context: isMap,
  },
  study_changed: {
    algorithm: isJson,
    stopping_rule: isJson,
    command: isJson,
    limits: (x) => isMap(x) && isCount(x.max_concurrent),
  },
  worker_joined: { worker: (x) => isMap(x) && isText(x.name) },
  worker_left: { name: isText, why: isText },
  steered: { action: isCount, max_concurrent: isCount },
  study_ended: { why: isCount, message: isText },
};
const needed = { trial_issued: "trial", study_changed: "limits", worker_joined: "worker" };

function checkFact([number, kind, at, fact], least, most) {
  must(
    isCount(number) &&
      number >= least &&
      number <= most &&
      isText(kind) &&
      isNumber(at) &&
      isMap(fact),
    "a fact of another form",
  );
  const fields = Object.hasOwn(kinds, kind) ? kinds[kind] : {};
  for (const [name, isRight] of Object.entries(fields))
    must(name in fact ? isRight(fact[name]) : needed[kind] !== name, `${kind}: ${name}`);
}

// A column of numbers that rise, all below a limit.
function rising(numbers, limit, what) {
  for (let i = 0; i < numbers.length; ++i)
    must(numbers[i] < limit && (i === 0 || numbers[i] > numbers[i - 1]), what);
}

function column(binary, read, width, what) {
  must(binary instanceof Uint8Array && binary.length % width === 0, what);
  return read(binary);
}

function readRows(rows, from, to) {
  must(isMap(rows), "rows");
  const out = {};
  for (const name of ["number", "trial", "attempt"])
    out[name] = column(rows[name], uint32s, 4, name);
  for (const name of ["iteration", "objective"]) out[name] = column(rows[name], float64s, 8, name);
  const count = out.number.length;
  for (const one of Object.values(out)) must(one.length === count, "columns of different lengths");
  rising(out.number, to - from + 1, "number");
  must(Array.isArray(rows.withdrawn), "withdrawn");
  for (const one of rows.withdrawn)
    must(
      Array.isArray(one) && one.length === 2 && oneOf(count)(one[0]) && isNumber(one[1]),
      "withdrawn",
    );
  out.withdrawn = new Map(rows.withdrawn);
  must(isMap(rows.context), "context");
  out.context = Object.entries(rows.context).map(([name, pair]) => {
    must(Array.isArray(pair) && pair.length === 2, "context");
    const which = pair[0] === null ? null : column(pair[0], uint32s, 4, "context");
    const values = column(pair[1], float64s, 8, "context");
    if (which) rising(which, count, "context");
    must(values.length === (which ? which.length : count), "context");
    return { name, which, values };
  });
  return out;
}

// {from, to, facts, rows} with columns as numbers; throws FrameError.
export function readFrame(buffer) {
  let frame;
  try {
    frame = decode(buffer);
  } catch (error) {
    throw new FrameError("malformed feed frame: " + error.message);
  }
  must(
    isMap(frame) &&
      isCount(frame.from) &&
      isCount(frame.to) &&
      frame.from > 0 &&
      frame.from <= frame.to,
    "from, to",
  );
  must(Array.isArray(frame.facts), "facts");
  let least = frame.from;
  for (const fact of frame.facts) {
    must(Array.isArray(fact) && fact.length === 4, "a fact of another form");
    checkFact(fact, least, frame.to);
    least = fact[0] + 1;
  }
  return {
    from: frame.from,
    to: frame.to,
    facts: frame.facts,
    rows: readRows(frame.rows, frame.from, frame.to),
  };
}
