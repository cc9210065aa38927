// A study as the feed describes it: trials, their observations, workers. Nothing here needs a page.
import { Curve } from "./curve.js";
import { FrameError, readFrame } from "./frame.js";

export const hasEnded = (trial) => trial.status !== 0;

const stoppers = { rule: "the stopping rule", person: "a user" };

// A number of the snapshot: null is no number; NaN and infinities, which JSON lacks, are texts.
const toNumber = (x) => (x === null || x === undefined ? NaN : Number(x));

const ofKnownTrials = new Set([
  "attempt_started",
  "stop_requested",
  "attempt_ended",
  "trial_ended",
]);

// What the snapshot lacks: every fact tells it. (study, fact, time, trial)
const history = {
  trial_issued(study, fact, at, known) {
    const origin = fact.origin || {};
    if (known) {
      known.origin = origin;
      return;
    }
    const values = Object.assign(Object.create(null), fact.configuration);
    study.newTrial(fact.trial, values, origin.k || 0, at).origin = origin;
    study.noteValues(Object.keys(values));
  },
  attempt_started(study, fact, at, trial) {
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
  },
  stop_requested(study, fact, at, trial) {
    const by = study.nameOf("stop_by", fact.by || 0);
    trial.why = `stopped by ${stoppers[by] ?? by}` + (fact.why ? ": " + fact.why : "");
  },
  attempt_ended(study, fact, at, trial) {
    const attempt = trial.attempts.find((one) => one.attempt === fact.attempt);
    if (!attempt) return;
    const end = study.nameOf("end", fact.end || 0);
    Object.assign(attempt, { ended: at, end, detail: fact.detail || {} });
  },
};

// What the snapshot includes: only facts after it change it.
const changes = {
  attempt_started(study, fact, at, trial) {
    trial.attempt = fact.attempt;
    trial.running = true;
    trial.worker = fact.worker || "";
    trial.started ??= at;
  },
  stop_requested(study, fact, at, trial) {
    trial.stopping = true;
  },
  attempt_ended(study, fact, at, trial) {
    trial.running = false;
  },
  trial_ended(study, fact, at, trial) {
    trial.running = trial.stopping = false;
    trial.ended = at;
    trial.status = fact.status ?? 1;
    trial.objective = fact.objective ?? 0;
    trial.iteration = fact.iteration ?? 0;
    trial.context = Object.assign(Object.create(null), fact.context);
    study.consider(trial, trial.objective);
  },
  study_changed({ about }, fact) {
    for (const field of ["algorithm", "stopping_rule", "command"])
      about[field] = fact[field] ? JSON.parse(fact[field]) : null;
    // A limit that a user set holds until a later run configures another one.
    const configured = fact.limits.max_concurrent;
    if (about.limits.max_concurrent !== configured) about.max_concurrent = configured;
    about.limits = { ...fact.limits };
  },
  worker_joined(study, { worker }, at) {
    study.workers.set(worker.name, {
      name: worker.name,
      slots: worker.slots ?? 1,
      resources: worker.resources || [],
      joined: at,
      left: null,
      why: "",
    });
  },
  worker_left(study, fact, at) {
    const worker = study.workers.get(fact.name);
    if (worker) Object.assign(worker, { left: at, why: fact.why || "" });
  },
  steered(study, fact) {
    const action = study.nameOf("steering", fact.action || 0);
    if (Object.hasOwn(steering, action)) steering[action](study.about, fact);
  },
  study_ended(study, fact) {
    const why = study.nameOf("end_of_study", fact.why || 0);
    study.about.ended = { why, message: fact.message || "" };
  },
};

const steering = {
  paused: (about) => (about.paused = true),
  resumed: (about) => (about.paused = false),
  limited: (about, fact) => (about.max_concurrent = fact.max_concurrent || 0),
  reopened: (about) => (about.ended = null),
};

export class Study {
  constructor() {
    this.clear();
  }

  clear() {
    this.number = 0; // of the last fact that is known
    this.alive = true; // whether a coordinator runs it
    this.lastAt = 0; // the time of the last fact
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
    if (hasEnded(trial)) return this.nameOf("status", trial.status).toLowerCase();
    return this.runs(trial) ? "running" : "waiting";
  }

  // Without a coordinator nothing runs, whatever the last fact of a killed one says.
  runs(trial) {
    return trial.running && this.alive;
  }

  // The end of everything that has none; `now` is the coordinator's clock.
  until(now) {
    return this.alive ? now : this.lastAt;
  }

  greet(message) {
    if (!message.goes_on) this.clear();
    this.alive = message.alive !== false;
    this.enumerations = message.enumerations || {};
    if (!message.goes_on) this.readSnapshot(message);
  }

  readSnapshot(message) {
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
      if (hasEnded(trial)) {
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

  noteValues(names) {
    const fresh = names.filter((name) => !this.valueNames.includes(name));
    if (fresh.length) this.valueNames = [...this.valueNames, ...fresh];
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

  // Some of the trial's observations were withdrawn.
  reconsider(trial) {
    trial.best = NaN;
    if (!this.best || this.best.trial !== trial) return this.considerCurve(trial);
    this.best = null;
    for (const one of this.trials) this.considerCurve(one);
  }

  considerCurve(trial) {
    for (let i = 0; i < trial.curve.length; ++i) this.consider(trial, trial.curve.objectives[i]);
    if (hasEnded(trial)) this.consider(trial, trial.objective);
  }

  // Takes a frame of the feed. Returns the trials with new observations, each with the place where
  // these begin. A frame that does not follow from what is known throws, and changes nothing.
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
    if (!this.about) throw new FrameError("a frame before the greeting");
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
    ++this.version;
    this.lastAt = Math.max(this.lastAt, at);
    const trial = fact.trial ? this.trials[fact.trial - 1] : undefined;
    for (const handlers of number > this.settled ? [history, changes] : [history]) {
      const handle = Object.hasOwn(handlers, kind) ? handlers[kind] : null;
      if (handle && (trial || !ofKnownTrials.has(kind))) handle(this, fact, at, trial);
    }
  }

  // The value of a column: a parameter, "@" and a metric, or "#" and something about the trial.
  value(trial, name) {
    switch (name) {
      case "#objective":
        return hasEnded(trial) ? trial.objective : trial.best;
      case "#id":
        return trial.id;
      case "#status":
        return this.statusOf(trial);
      case "#iteration":
        if (hasEnded(trial)) return trial.iteration;
        return trial.curve.length ? trial.curve.iterations[trial.curve.length - 1] : NaN;
      case "#worker":
        return trial.worker;
      case "#duration":
        if (trial.started === null) return NaN;
        return ((trial.ended ?? this.until(Date.now())) - trial.started) / 1000;
    }
    if (name.startsWith("@")) {
      const metric = name.slice(1);
      if (metric in trial.context) return trial.context[metric];
      const column = !hasEnded(trial) ? trial.curve.metrics.get(metric) : null;
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
