// The axes that a study has, and where its trials lie on them.
import { columnNames } from "./columns.js";
import { categories, linear, log, robustRange } from "./scale.js";

export const keyOf = (value) => (Array.isArray(value) ? JSON.stringify(value) : String(value));

// An axis for each parameter, the objective and each metric: {name, label, log, kind: "number" |
// "category", names, range}.
export function axesOf(study) {
  const out = [];
  const declared = new Map(study.parameters.map((p) => [p.name, p]));
  const names = [
    ...study.parameters.map((p) => p.name),
    ...study.valueNames.filter((name) => !declared.has(name)),
  ];
  for (const name of names) {
    const p = declared.get(name);
    if (p && (p.type === "continuous" || p.type === "discrete")) {
      out.push({
        name,
        label: name,
        kind: "number",
        log: p.scale === "log",
        range: p.range,
        declared: true,
      });
    } else if (p) {
      out.push({ name, label: name, kind: "category", names: p.range.map(keyOf), declared: true });
    } else {
      out.push(derived(study, name));
    }
  }
  out.push({
    name: "#objective",
    label: "objective",
    kind: "number",
    log: false,
    robust: true,
    declared: true,
  });
  const shown = columnNames(study.valueNames);
  for (const metric of study.metricNames)
    out.push({
      name: "@" + metric,
      label: shown.metric(metric),
      kind: "number",
      log: false,
      robust: true,
    });
  return out;
}

// Of what an algorithm adds to configurations: numbers, or anything.
function derived(study, name) {
  const seen = new Set();
  let numeric = true;
  for (const trial of study.trials) {
    const value = trial && trial.values[name];
    if (value === undefined) continue;
    if (typeof value !== "number") numeric = false;
    if (seen.size < 200) seen.add(keyOf(value));
  }
  if (numeric && seen.size > 0) return { name, label: name, kind: "number", log: false };
  return { name, label: name, kind: "category", names: [...seen].sort() };
}

export function scaleOf(study, axis, range) {
  if (axis.kind === "category") return categories(axis.names, range);
  let domain = axis.range;
  if (!domain) {
    const values = [];
    for (const trial of study.trials) {
      const x = study.value(trial, axis.name);
      if (Number.isFinite(x) && (!axis.log || x > 0)) values.push(x);
    }
    const best = axis.name === "#objective" && study.best ? [study.best.value] : [];
    if (axis.robust) domain = robustRange(values, best);
    else
      domain = values.length
        ? [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))]
        : [0, 1];
  }
  if (axis.log && !(domain[0] > 0)) {
    // Declared to reach down to zero, or below: it begins where values do.
    const above = study.trials.map((trial) => study.value(trial, axis.name)).filter((x) => x > 0);
    domain = [above.reduce((a, b) => Math.min(a, b), domain[1]), domain[1]];
  }
  return axis.log ? log(domain, range) : linear(domain, range);
}

// Between −½ and ½, always the same for a trial: lines through a category lie side by side.
const spread = (id) => ((Math.imul(id, 2654435761) >>> 0) / 4294967296 - 0.5) * 0.7;

// The places of all trials on an axis; NaN where a trial has no value. A value that the scale
// cannot show (an objective that is NaN, zero on a logarithmic scale) is at `scale.none`, if set.
export function placesOf(study, axis, scale) {
  const out = new Float32Array(study.trials.length);
  const [from, to] = [scale.low, scale.high];
  for (let i = 0; i < out.length; ++i) {
    const trial = study.trials[i];
    const value = study.value(trial, axis.name);
    if (value === undefined || value === null) out[i] = NaN;
    else if (axis.kind === "category") out[i] = scale(keyOf(value)) + spread(trial.id) * scale.step;
    else if (scale.none !== undefined && hasNoPlace(axis, scale, trial, Number(value)))
      out[i] = scale.none;
    else {
      let y = scale(Number(value));
      if (y === Infinity || y === -Infinity || y > 1e6 || y < -1e6) y = y > 0 ? 1e6 : -1e6;
      if (from !== undefined) y = Math.min(Math.max(y, from), to);
      out[i] = y;
    }
  }
  return out;
}

const hasNoPlace = (axis, scale, trial, x) =>
  (scale.kind === "log" && x <= 0) ||
  (Number.isNaN(x) && axis.name === "#objective" && trial.status !== 0);

// Whether a value lies in what was brushed: one of some intervals, or names of categories.
export function within(axis, brush, value) {
  if (axis.kind === "category") return brush.names ? brush.names.includes(keyOf(value)) : true;
  return brush.ranges ? brush.ranges.some(([low, high]) => value >= low && value <= high) : true;
}
