// A study as the feed tells it: trials, what they observed, workers. No page in here.
import { FrameError, readFrame } from "./frame.js";

const open = 0; // the status of a trial that has not ended

const stopper = (by) => ({ rule: "the stopping rule", person: "a person" })[by] ?? by;

// A number as the snapshot has it: JSON lacks NaN and infinities.
export const toNumber = (x) =>
  x === null || x === undefined
    ? NaN
    : Number(x === "Infinity" || x === "-Infinity" || x === "NaN" ? x : x);

// What a trial observed, in order of arrival.
class Curve {
  constructor() {
    this.length = 0;
    this.iterations = new Float64Array(8);
    this.objectives = new Float64Array(8);
    this.attempts = new Uint32Array(8);
    this.metrics = new Map();
    this.sorted = true;
  }

  push(iteration, objective, attempt) {
    if (this.length === this.iterations.length) this.grow();
    const at = this.length++;
    if (at > 0 && iteration < this.iterations[at - 1]) this.sorted = false;
    this.iterations[at] = iteration;
    this.objectives[at] = objective;
    this.attempts[at] = attempt;
    for (const column of this.metrics.values()) column[at] = NaN;
  }

  grow() {
    const wider = (old, Kind) => {
      const out = new Kind(old.length * 2);
      out.set(old);
      return out;
    };
    this.iterations = wider(this.iterations, Float64Array);
    this.objectives = wider(this.objectives, Float64Array);
    this.attempts = wider(this.attempts, Uint32Array);
    for (const [name, column] of this.metrics) this.metrics.set(name, wider(column, Float64Array));
  }

  set(name, value) {
    let column = this.metrics.get(name);
    if (!column) {
      column = new Float64Array(this.iterations.length).fill(NaN);
      this.metrics.set(name, column);
    }
    column[this.length - 1] = value;
  }

  // What earlier attempts reported at iterations from this one on does not count any more.
  withdraw(from, attempt) {
    let kept = 0;
    for (let i = 0; i < this.length; ++i) {
      if (this.attempts[i] < attempt && this.iterations[i] >= from) continue;
      this.iterations[kept] = this.iterations[i];
      this.objectives[kept] = this.objectives[i];
      this.attempts[kept] = this.attempts[i];
      for (const column of this.metrics.values()) column[kept] = column[i];
      ++kept;
    }
    this.length = kept;
    this.sort();
  }

  sort() {
    const order = Array.from({ length: this.length }, (_, i) => i).sort(
      (a, b) => this.iterations[a] - this.iterations[b],
    );
    const columns = [this.iterations, this.objectives, this.attempts, ...this.metrics.values()];
    for (const column of columns) {
      const old = column.slice(0, this.length);
      for (let i = 0; i < this.length; ++i) column[i] = old[order[i]];
    }
    this.sorted = true;
  }

  column(metric) {
    if (!this.sorted) this.sort();
    return metric === "" ? this.objectives : this.metrics.get(metric);
  }
}

export class Study {
  constructor() {
    this.clear();
  }

  clear() {
    this.number = 0; // of the last fact that is known
    this.settled = 0; // facts up to here are in the snapshot: they tell only what it lacks
    this.about = null;
    this.enumerations = {}; // the names of their values, as the coordinator sends them
    this.workers = new Map();
    this.trials = [];
    this.parameters = [];
    this.valueNames = [];
    this.metricNames = [];
    this.rows = 0;
    this.best = null;
    this.version = 0; // changes with trials
    this.steered = [];
  }

  get lower() {
    return this.about ? this.about.lower_is_better : true;
  }

  better(a, b) {
    return this.lower ? a < b : a > b;
  }

  trial(id) {
    return this.trials[id - 1];
  }

  // The name of an enumeration's value; a value without a name is shown all the same.
  nameOf(enumeration, value) {
    const names = this.enumerations[enumeration];
    const name = Array.isArray(names) ? names[value] : undefined;
    return typeof name === "string" ? name : `unknown (${value})`;
  }

  statusOf(trial) {
    if (trial.status !== open) return this.nameOf("status", trial.status).toLowerCase();
    return trial.running ? "running" : "waiting";
  }

  greet(message) {
    if (!message.goes_on) this.clear();
    this.enumerations = message.enumerations || {};
    if (message.goes_on) return;
    this.about = message.study;
    this.parameters = message.study.parameters || [];
    this.settled = message.number;
    for (const worker of message.workers) this.workers.set(worker.name, { ...worker });
    const t = message.trials;
    const names = Object.keys(t.values);
    const metrics = Object.keys(t.context);
    this.valueNames = names;
    metrics.forEach((name) => this.noteMetric(name));
    for (let i = 0; i < t.status.length; ++i) {
      const values = Object.create(null);
      for (const name of names) if (t.values[name][i] !== null) values[name] = t.values[name][i];
      const trial = this.newTrial(i + 1, values, t.k[i], t.issued[i]);
      trial.started = t.started[i];
      trial.ended = t.ended[i];
      trial.attempt = t.attempt[i];
      trial.running = t.running[i] === 1;
      trial.stopping = t.stopping[i] === 1;
      trial.status = t.status[i];
      trial.worker = t.worker[i];
      if (trial.status !== 0) {
        trial.objective = toNumber(t.objective[i]);
        trial.iteration = t.iteration[i];
        for (const name of metrics)
          if (t.context[name][i] !== null) trial.context[name] = toNumber(t.context[name][i]);
        this.consider(trial, trial.objective);
      }
    }
    ++this.version;
  }

  newTrial(id, values, k, issued) {
    const trial = {
      id,
      values,
      k,
      issued,
      started: null,
      ended: null,
      attempt: 0,
      attempts: [],
      running: false,
      stopping: false,
      status: 0,
      objective: NaN,
      iteration: NaN,
      context: Object.create(null),
      worker: "",
      why: "",
      curve: new Curve(),
      best: NaN,
    };
    this.trials[id - 1] = trial;
    return trial;
  }

  noteMetric(name) {
    if (!this.metricNames.includes(name)) this.metricNames = [...this.metricNames, name].sort();
  }

  // A trial's objective has a new value; is it the best of all?
  consider(trial, value) {
    if (!Number.isFinite(value)) return;
    if (!Number.isFinite(trial.best) || this.better(value, trial.best)) trial.best = value;
    if (
      !this.best ||
      this.better(value, this.best.value) ||
      (value === this.best.value && trial.id < this.best.trial.id)
    )
      this.best = { trial, value };
  }

  // Some of what the trial observed does not count any more.
  reconsider(trial) {
    trial.best = NaN;
    const all = this.best && this.best.trial === trial ? this.trials : [trial];
    if (all !== this.trials) return this.considerCurve(trial);
    this.best = null;
    for (const one of all) this.considerCurve(one);
  }

  considerCurve(trial) {
    for (let i = 0; i < trial.curve.length; ++i) this.consider(trial, trial.curve.objectives[i]);
    if (trial.status !== 0) this.consider(trial, trial.objective);
  }

  // A frame of the feed; returns the trials that observed something, each with where its new observations begin. One that does not
  // follow from what is known throws, and changes nothing.
  take(buffer) {
    const { from, to, facts, rows } = readFrame(buffer);
    const news = facts.filter(([number]) => number > this.number);
    this.check(from, news);
    for (const [number, kind, at, fact] of news) this.learn(number, kind, at, fact);
    const grown = this.observe(from, rows); // its trials are known by now
    this.number = Math.max(this.number, to);
    return grown;
  }

  check(from, news) {
    if (!this.about) throw new FrameError("a frame came before the study");
    if (from > this.number + 1)
      throw new FrameError(`facts ${this.number + 1} to ${from - 1} are missing`);
    let trials = this.trials.length;
    for (const [, kind, , fact] of news) {
      if (fact.trial === trials + 1 && kind === "trial_issued") ++trials;
      if (fact.trial > trials || fact.trial === 0)
        throw new FrameError(`there is no trial ${fact.trial} yet`);
    }
  }

  observe(from, rows) {
    const grown = new Map();
    const context = rows.context.map((metric) => ({ ...metric, at: 0 }));
    for (const { name } of context) this.noteMetric(name);
    for (let i = 0; i < rows.number.length; ++i) {
      const trial = this.trials[rows.trial[i] - 1];
      const known = from + rows.number[i] <= this.number || !trial;
      if (!known) {
        const curve = trial.curve;
        if (rows.withdrawn.has(i)) {
          curve.withdraw(rows.withdrawn.get(i), rows.attempt[i]);
          this.reconsider(trial);
          grown.set(trial, 0);
        }
        if (!grown.has(trial)) grown.set(trial, curve.length);
        curve.push(rows.iteration[i], rows.objective[i], rows.attempt[i]);
        this.consider(trial, rows.objective[i]);
        ++this.rows;
      }
      for (const metric of context) {
        if (metric.which && metric.which[metric.at] !== i) continue;
        const value = metric.values[metric.at++];
        if (!known) trial.curve.set(metric.name, value);
      }
    }
    return grown;
  }

  learn(number, kind, at, fact) {
    const old = number <= this.settled; // the snapshot knows what came of it
    const trial = fact.trial ? this.trials[fact.trial - 1] : null;
    ++this.version;
    switch (kind) {
      case "trial_issued": {
        if (trial) {
          trial.origin = fact.origin || {};
          return;
        }
        const values = Object.assign(Object.create(null), fact.configuration);
        const made = this.newTrial(fact.trial, values, (fact.origin && fact.origin.k) || 0, at);
        made.origin = fact.origin || {};
        const fresh = Object.keys(values).filter((name) => !this.valueNames.includes(name));
        if (fresh.length) this.valueNames = [...this.valueNames, ...fresh];
        return;
      }
      case "attempt_started": {
        if (!trial) return;
        trial.attempts.push({
          attempt: fact.attempt,
          worker: fact.worker || "",
          started: at,
          ended: null,
          end: "",
          detail: {},
          slots: fact.slots || 1,
          resources: fact.resources || {},
        });
        if (old) return;
        trial.attempt = fact.attempt;
        trial.running = true;
        trial.worker = fact.worker || "";
        trial.started ??= at;
        return;
      }
      case "stop_requested":
        if (!trial) return;
        trial.why =
          "stopped by " +
          stopper(this.nameOf("stop_by", fact.by || 0)) +
          (fact.why ? ": " + fact.why : "");
        if (!old) trial.stopping = true;
        return;
      case "attempt_ended": {
        if (!trial) return;
        const attempt = trial.attempts.find((one) => one.attempt === fact.attempt);
        if (attempt) {
          attempt.ended = at;
          attempt.end = this.nameOf("end", fact.end || 0);
          attempt.detail = fact.detail || {};
        }
        if (!old) trial.running = false;
        return;
      }
      case "trial_ended":
        if (!trial || old) return;
        trial.running = trial.stopping = false;
        trial.ended = at;
        trial.status = fact.status ?? 1;
        trial.objective = fact.objective ?? 0;
        trial.iteration = fact.iteration ?? 0;
        trial.context = Object.assign(Object.create(null), fact.context);
        this.consider(trial, trial.objective);
        return;
    }
    if (old) return;
    switch (kind) {
      case "study_changed":
        for (const field of ["algorithm", "stopping_rule", "command"])
          this.about[field] = fact[field] ? JSON.parse(fact[field]) : null;
        // A limit that a person set holds until a later run configures another one.
        if (this.about.limits.max_concurrent !== fact.limits.max_concurrent)
          this.about.max_concurrent = fact.limits.max_concurrent;
        this.about.limits = { ...fact.limits };
        return;
      case "worker_joined":
        this.workers.set(fact.worker.name, {
          name: fact.worker.name,
          slots: fact.worker.slots ?? 1,
          resources: fact.worker.resources || [],
          joined: at,
          left: null,
          why: "",
        });
        return;
      case "worker_left": {
        const worker = this.workers.get(fact.name);
        if (worker) Object.assign(worker, { left: at, why: fact.why || "" });
        return;
      }
      case "steered": {
        const action = this.nameOf("steering", fact.action || 0);
        if (action === "paused") this.about.paused = true;
        if (action === "resumed") this.about.paused = false;
        if (action === "limited") this.about.max_concurrent = fact.max_concurrent || 0;
        if (action === "reopened") this.about.ended = null;
        return;
      }
      case "study_ended":
        this.about.ended = {
          why: this.nameOf("end_of_study", fact.why || 0),
          message: fact.message || "",
        };
    }
  }

  // What is shown of a trial under a name: its objective, a parameter, a metric.
  value(trial, name) {
    switch (name) {
      case "#objective":
        return trial.status !== 0 ? trial.objective : trial.best;
      case "#id":
        return trial.id;
      case "#status":
        return this.statusOf(trial);
      case "#iteration":
        return trial.status !== 0
          ? trial.iteration
          : trial.curve.length
            ? trial.curve.iterations[trial.curve.length - 1]
            : NaN;
      case "#worker":
        return trial.worker;
      case "#duration":
        return trial.started === null ? NaN : ((trial.ended ?? Date.now()) - trial.started) / 1000;
    }
    if (name.startsWith("@")) {
      const metric = name.slice(1);
      if (metric in trial.context) return trial.context[metric];
      const column = trial.status === 0 ? trial.curve.metrics.get(metric) : null;
      return column && trial.curve.length ? column[trial.curve.length - 1] : NaN;
    }
    return trial.values[name];
  }

  counts() {
    const out = { waiting: 0, running: 0, completed: 0, failed: 0, stopped: 0 };
    for (const trial of this.trials) {
      const status = this.statusOf(trial);
      out[status] = (out[status] || 0) + 1;
    }
    return out;
  }
}
