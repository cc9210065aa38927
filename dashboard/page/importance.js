// How much of the objective's variation each parameter explains: functional analysis of variance over a random forest (Hutter, Hoos,
// Leyton-Brown, 2014). Parameters come as numbers between 0 and 1 (columns of a matrix), all inside the unit cube.

// A generator of its own, so that the same trials give the same picture.
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const deepest = 12;
const smallest = 3; // trials in a leaf

function grow(x, y, rows, random, depth) {
  const mean = rows.reduce((sum, r) => sum + y[r], 0) / rows.length;
  if (rows.length < 2 * smallest || depth >= deepest) return { mean };
  const dimensions = x.length;
  const tries = Math.max(1, Math.ceil((dimensions * 5) / 6));
  const order = Array.from({ length: dimensions }, (_, i) => i);
  for (let i = 0; i < tries; ++i) {
    const j = i + Math.floor(random() * (dimensions - i));
    [order[i], order[j]] = [order[j], order[i]];
  }
  let best = null;
  for (const d of order.slice(0, tries)) {
    const sorted = [...rows].sort((a, b) => x[d][a] - x[d][b]);
    let left = 0;
    let total = 0;
    for (const r of sorted) total += y[r];
    for (let i = 1; i < sorted.length; ++i) {
      left += y[sorted[i - 1]];
      if (i < smallest || sorted.length - i < smallest || x[d][sorted[i]] === x[d][sorted[i - 1]])
        continue;
      const gain = left ** 2 / i + (total - left) ** 2 / (sorted.length - i);
      if (!best || gain > best.gain)
        best = { gain, d, at: (x[d][sorted[i]] + x[d][sorted[i - 1]]) / 2 };
    }
  }
  if (!best || best.gain <= mean ** 2 * rows.length * (1 + 1e-12) + 1e-300) return { mean };
  const [low, high] = [
    rows.filter((r) => x[best.d][r] < best.at),
    rows.filter((r) => x[best.d][r] >= best.at),
  ];
  return {
    d: best.d,
    at: best.at,
    low: grow(x, y, low, random, depth + 1),
    high: grow(x, y, high, random, depth + 1),
  };
}

// The leaves as boxes: mean and bounds in each dimension.
function leaves(node, dimensions) {
  const out = [];
  const walk = (one, bounds) => {
    if (one.d === undefined) return out.push({ mean: one.mean, bounds });
    const [low, high] = bounds[one.d];
    walk(
      one.low,
      bounds.map((b, i) => (i === one.d ? [low, one.at] : b)),
    );
    walk(
      one.high,
      bounds.map((b, i) => (i === one.d ? [one.at, high] : b)),
    );
  };
  walk(
    node,
    Array.from({ length: dimensions }, () => [0, 1]),
  );
  return out;
}

function shares(boxes, dimensions) {
  const size = (box, without) =>
    box.bounds.reduce((v, [a, b], d) => (d === without ? v : v * (b - a)), 1);
  let mean = 0;
  let squares = 0;
  for (const box of boxes) {
    const v = size(box, -1);
    mean += box.mean * v;
    squares += box.mean ** 2 * v;
  }
  const all = squares - mean ** 2;
  if (!(all > 1e-18)) return null;
  const out = [];
  for (let d = 0; d < dimensions; ++d) {
    const cuts = [...new Set(boxes.flatMap((box) => box.bounds[d]))].sort((a, b) => a - b);
    let of = 0;
    for (let i = 1; i < cuts.length; ++i) {
      const middle = (cuts[i] + cuts[i - 1]) / 2;
      let marginal = 0;
      for (const box of boxes)
        if (box.bounds[d][0] <= middle && middle < box.bounds[d][1])
          marginal += box.mean * size(box, d);
      of += marginal ** 2 * (cuts[i] - cuts[i - 1]);
    }
    out.push(Math.max(0, of - mean ** 2) / all);
  }
  return out;
}

// `x[d][i]` in [0, 1], `y[i]` finite. Returns each parameter's share of the variance and its standard deviation over the trees; null
// where there is too little to say. `rest` is what they explain together only.
export function importance(x, y, options) {
  const steps = importanceSteps(x, y, options);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

// The same, tree by tree, for who must not wait long.
export function* importanceSteps(x, y, { trees = 32, seed = 7, most = 1500 } = {}) {
  const n = y.length;
  if (n < 4 * smallest || x.length === 0) return null;
  const random = generator(seed);
  const per = [];
  for (let t = 0; t < trees; ++t) {
    const rows = Array.from({ length: Math.min(n, most) }, () => Math.floor(random() * n));
    const of = shares(leaves(grow(x, y, rows, random, 0), x.length), x.length);
    if (of) per.push(of);
    yield t;
  }
  if (per.length === 0) return null;
  const share = x.map((_, d) => per.reduce((sum, of) => sum + of[d], 0) / per.length);
  const deviation = x.map((_, d) =>
    Math.sqrt(per.reduce((sum, of) => sum + (of[d] - share[d]) ** 2, 0) / per.length),
  );
  return { share, deviation, rest: Math.max(0, 1 - share.reduce((a, b) => a + b, 0)) };
}
