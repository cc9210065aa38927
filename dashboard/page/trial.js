// One trial: its parameters, curves, attempts and output.
import { drawAxes, element, ink, prepare } from "./canvas.js";
import { duration, format, linear, robustRange } from "./scale.js";

export class TrialPage {
  // `actions`: open(id), stop(trial), ask(path).
  constructor(root, actions) {
    this.root = root;
    this.actions = actions;
  }

  update(scene) {
    this.scene = scene;
    const { study, view } = scene;
    const trial = view.trial && study.trial(view.trial);
    this.root.hidden = !trial;
    if (!trial) return (this.shown = null);
    const key = [
      trial.id,
      trial.status,
      trial.running,
      trial.stopping,
      trial.attempts.length,
      study.metricNames.length,
      scene.maySteer,
      document.documentElement.dataset.theme,
    ].join();
    if (this.shown !== key) this.build(trial);
    else this.drawNumbers(trial);
    this.shown = key;
  }

  build(trial) {
    const { study } = this.scene;
    const log = this.id === trial.id ? this.log : null;
    Object.assign(this, { id: trial.id, log });
    const curve = () => element("div", { className: "curve" }, element("canvas"));
    this.objective = element("div", { className: "big" });
    this.facts = element("div");
    this.curves = [["", curve()], ...study.metricNames.map((name) => [name, curve()])];
    this.logBox = element("div");
    const title = (textContent) => element("h3", { textContent });
    const origin = trial.k ? `suggestion ${trial.k} of the algorithm` : "enqueued by a user";
    this.root.replaceChildren(
      this.heading(trial),
      this.objective,
      this.facts,
      element("p", { textContent: origin + (trial.why ? "; " + trial.why : "") }),
      title("parameters"),
      parametersOf(trial),
      ...this.curves.flatMap(([name, box]) => [title(name || "objective"), box]),
      title("attempts"),
      attemptsOf(trial),
      title("output"),
      this.logBox,
    );
    this.drawNumbers(trial);
    this.drawLog(trial);
  }

  heading(trial) {
    const { study, maySteer } = this.scene;
    const { open, stop } = this.actions;
    const status = study.value(trial, "#status");
    const text = trial.stopping ? "stopping" : status;
    const out = element(
      "h2",
      {},
      `Trial ${trial.id}`,
      element("span", { className: "status " + status, textContent: text }),
      element("span", { className: "spring" }),
    );
    const button = (attributes, onclick) =>
      out.append(element("button", { ...attributes, onclick }));
    if (trial.running && !trial.stopping && maySteer)
      button({ id: "stop-trial", textContent: "stop" }, () => stop(trial));
    button({ textContent: "×", title: "close (Esc)" }, () => open(null));
    return out;
  }

  drawNumbers(trial) {
    const { study } = this.scene;
    this.objective.textContent = format(study.value(trial, "#objective"), 6);
    this.facts.textContent = [
      `iteration ${format(study.value(trial, "#iteration"))}`,
      `${trial.curve.length} observations`,
      duration(study.value(trial, "#duration")),
    ]
      .filter(Boolean)
      .join(" · ");
    for (const [metric, box] of this.curves) this.draw(trial, metric, box);
  }

  draw(trial, metric, root) {
    const width = root.clientWidth;
    const height = root.clientHeight;
    if (!width) return;
    const context = prepare(root.firstElementChild, width, height);
    const curve = trial.curve;
    const column = curve.column(metric);
    if (!column || !curve.length) return;
    const values = column.slice(0, curve.length);
    const box = { left: 48, right: width - 6, top: 8, bottom: height - 20 };
    const x = linear(
      [curve.iterations[0], curve.iterations[curve.length - 1]],
      [box.left, box.right],
    );
    const range = robustRange([...values]);
    const y = linear(range, [box.bottom, box.top]);
    drawAxes(context, x, y, box, {}, (t) => format(t, 3));
    context.save();
    context.beginPath();
    context.rect(box.left, box.top - 2, box.right - box.left, box.bottom - box.top + 4);
    context.clip();
    context.strokeStyle = context.fillStyle = ink("accent");
    context.lineWidth = 1.6;
    context.beginPath();
    let on = false;
    for (let i = 0; i < values.length; ++i) {
      if (!Number.isFinite(values[i])) {
        on = false;
        continue;
      }
      if (on) context.lineTo(x(curve.iterations[i]), y(values[i]));
      else context.moveTo(x(curve.iterations[i]), y(values[i]));
      on = true;
    }
    if (values.length === 1) context.arc(x(curve.iterations[0]), y(values[0]), 2, 0, 7);
    context.stroke();
    context.restore();
  }

  async drawLog(trial) {
    const box = this.logBox;
    const show = (text) => {
      const pre = element("pre", { textContent: text });
      const onclick = () => this.drawLog(trial);
      const hidden = this.scene.report;
      box.replaceChildren(pre, element("button", { textContent: "read again", hidden, onclick }));
      pre.scrollTop = pre.scrollHeight;
    };
    if (this.log) show(this.log);
    const { status, body } = await this.actions.ask("/log?trial=" + trial.id);
    if (this.id !== trial.id || box !== this.logBox) return;
    if (status === 200) show((this.log = typeof body === "string" ? body : JSON.stringify(body)));
    else box.replaceChildren(element("p", { textContent: (body && body.detail) || "no output" }));
  }

  // Some trials have new observations.
  refresh(grown, scene) {
    this.scene = scene;
    const trial = scene.view.trial && scene.study.trial(scene.view.trial);
    if (trial && grown.has(trial) && this.shown) this.drawNumbers(trial);
  }
}

const line = (name, value) =>
  element("tr", {}, element("th", { textContent: name }), element("td", {}, value));

function parametersOf(trial) {
  const names = Object.keys(trial.values).sort();
  return element("table", {}, ...names.map((name) => line(name, format(trial.values[name], 6))));
}

function attemptsOf(trial) {
  const rows = trial.attempts.map((attempt) => {
    const { worker, end, started, ended } = attempt;
    const resources = Object.entries(attempt.resources)
      .map(([unit, share]) => unit + (share === 1 ? "" : " × " + share))
      .join(", ");
    const time = ended ? duration((ended - started) / 1000) : "";
    const parts = [end || "running", worker, resources, time, detailOf(attempt.detail)];
    return line("attempt " + attempt.attempt, parts.filter(Boolean).join(" · "));
  });
  return element("table", {}, ...rows);
}

function detailOf({ message, exit_code: code, signal }) {
  const hasCode = code !== undefined && code !== null;
  const parts = [message, hasCode ? "exit code " + code : "", signal ? "signal " + signal : ""];
  return parts.filter(Boolean).join(", ");
}
