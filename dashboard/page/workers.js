// The workers: their slots, resources and trials.
import { element } from "./canvas.js";
import { duration } from "./scale.js";

const most = 256; // slots that are shown
const titles = ["worker", "state", "slots", "resources", "attempts", "present for"];

export class Workers {
  // `actions`: open(id).
  constructor(root, { open }) {
    this.root = root;
    this.open = open;
  }

  update({ study, now }) {
    const busy = trialsByWorker(study);
    const workers = [...study.workers.values()];
    for (const [name, trials] of busy)
      if (!study.workers.has(name))
        workers.push({ name, slots: trials.length, resources: [], joined: null, left: null });
    if (!workers.length)
      return this.root.replaceChildren(element("p", { textContent: "No worker has joined yet." }));
    const head = titles.map((textContent) => element("th", { textContent }));
    const rows = workers.map((worker) => this.row(study, worker, busy.get(worker.name) || [], now));
    this.root.replaceChildren(element("table", {}, element("tr", {}, ...head), ...rows));
  }

  row(study, worker, trials, now) {
    const { name, resources, joined, left } = worker;
    const ended = study.trials.reduce(
      (n, t) => n + t.attempts.filter((a) => a.worker === name && a.ended).length,
      0,
    );
    const cells = [
      name || "this process",
      stateOf(worker, trials),
      this.slots(worker, trials),
      resources.join(", "),
      String(ended),
      joined ? duration(((left || now) - joined) / 1000) : "",
    ];
    return element("tr", {}, ...cells.map((cell) => element("td", {}, cell)));
  }

  slots(worker, trials) {
    const out = element("span", { className: "slots" });
    const count = Math.max(trials.length, worker.left ? 0 : Math.min(worker.slots, most));
    for (let i = 0; i < count; ++i) out.append(this.slot(trials[i]));
    return out;
  }

  slot(trial) {
    if (!trial) return element("i", { title: "free" });
    const onclick = () => this.open(trial.id);
    return element("i", { className: "busy", title: "trial " + trial.id, onclick });
  }

  append() {
    return true;
  }
  paintTop() {}
}

function trialsByWorker(study) {
  const out = new Map();
  for (const trial of study.trials) {
    if (!study.runs(trial)) continue;
    if (!out.has(trial.worker)) out.set(trial.worker, []);
    out.get(trial.worker).push(trial);
  }
  return out;
}

function stateOf({ left, why }, trials) {
  if (left) return "left" + (why ? ": " + why : "");
  return trials.length ? "busy" : "free";
}
