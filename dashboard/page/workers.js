// Who runs trials, on how many slots, with what.
import { element } from "./canvas.js";
import { duration } from "./scale.js";

export class Workers {
  constructor(root, app) {
    this.root = root;
    this.app = app;
  }

  update() {
    const { study } = this.app;
    const busy = new Map();
    for (const trial of study.trials) {
      if (!trial.running) continue;
      if (!busy.has(trial.worker)) busy.set(trial.worker, []);
      busy.get(trial.worker).push(trial);
    }
    const workers = [...study.workers.values()];
    for (const name of busy.keys())
      if (!study.workers.has(name))
        workers.push({
          name,
          slots: busy.get(name).length,
          resources: [],
          joined: null,
          left: null,
          why: "",
        });
    if (!workers.length)
      return this.root.replaceChildren(element("p", { textContent: "No worker has joined yet." }));
    const rows = workers.map((worker) => {
      const trials = busy.get(worker.name) || [];
      const slots = element("span", { className: "slots" });
      for (
        let i = 0;
        i < Math.max(trials.length, worker.left ? 0 : Math.min(worker.slots, 256));
        ++i
      ) {
        const trial = trials[i];
        slots.append(
          element(
            "i",
            trial
              ? {
                  className: "busy",
                  title: "trial " + trial.id,
                  onclick: () => this.app.openTrial(trial.id),
                }
              : { title: "free" },
          ),
        );
      }
      const done = study.trials.reduce(
        (n, t) => n + t.attempts.filter((a) => a.worker === worker.name && a.ended).length,
        0,
      );
      const state = worker.left
        ? "left" + (worker.why ? ": " + worker.why : "")
        : trials.length
          ? "busy"
          : "free";
      const since = worker.joined
        ? duration(((worker.left || this.app.now()) - worker.joined) / 1000)
        : "";
      const cells = [
        worker.name || "this process",
        state,
        slots,
        worker.resources.join(", "),
        String(done),
        since,
      ];
      return element("tr", {}, ...cells.map((cell) => element("td", {}, cell)));
    });
    const head = element(
      "tr",
      {},
      ...["worker", "state", "slots", "resources", "attempts", "there for"].map((text) =>
        element("th", { textContent: text }),
      ),
    );
    this.root.replaceChildren(element("table", {}, head, ...rows));
  }

  append() {
    return true;
  }
  paintTop() {}
}
