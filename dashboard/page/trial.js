// One trial: what it is, what it reported, how it ended, what it wrote.
import { drawAxes, element, ink, prepare } from "./canvas.js";
import { duration, format, linear, robustRange } from "./scale.js";

export class TrialPage {
  constructor(root, app) {
    this.root = root;
    this.app = app;
  }

  update() {
    const { app, root } = this;
    const trial = app.view.trial && app.study.trial(app.view.trial);
    root.hidden = !trial;
    if (!trial) return (this.shown = null);
    const { study } = app;
    const key = [
      trial.id,
      trial.status,
      trial.running,
      trial.stopping,
      trial.attempts.length,
      study.metricNames.length,
      app.maySteer(),
      document.documentElement.dataset.theme,
    ].join();
    if (this.shown === key) return this.numbers(trial);
    const other = this.id !== trial.id;
    this.shown = key;
    this.id = trial.id;
    const line = (name, value) =>
      element("tr", {}, element("th", { textContent: name }), element("td", {}, value));
    const status = study.value(trial, "#status");
    const heading = element(
      "h2",
      {},
      `Trial ${trial.id}`,
      element("span", {
        className: "status " + status,
        textContent: trial.stopping ? "stopping" : status,
      }),
      element("span", { className: "spring" }),
    );
    if (trial.running && !trial.stopping && app.maySteer())
      heading.append(
        element("button", {
          id: "stop-trial",
          textContent: "stop",
          onclick: () => app.askToStop(trial),
        }),
      );
    heading.append(
      element("button", {
        textContent: "×",
        title: "close (Esc)",
        onclick: () => app.openTrial(null),
      }),
    );
    this.objective = element("div", { className: "big" });
    this.facts = element("div");
    const parameters = element("table");
    for (const name of Object.keys(trial.values).sort())
      parameters.append(line(name, format(trial.values[name], 6)));
    this.metrics = element("table");
    this.curve = element("div", { className: "curve" }, element("canvas"));
    this.more = study.metricNames.map((name) => {
      const box = element("div", { className: "curve" }, element("canvas"));
      return { name, box };
    });
    const attempts = element("table");
    for (const a of trial.attempts) {
      const detail = [
        a.detail.message,
        a.detail.exit_code !== undefined && a.detail.exit_code !== null
          ? "exit code " + a.detail.exit_code
          : "",
        a.detail.signal ? "signal " + a.detail.signal : "",
      ]
        .filter(Boolean)
        .join(", ");
      const resources = Object.entries(a.resources)
        .map(([unit, share]) => unit + (share === 1 ? "" : " × " + share))
        .join(", ");
      attempts.append(
        line(
          "attempt " + a.attempt,
          [
            a.end || "running",
            a.worker,
            resources,
            a.ended ? duration((a.ended - a.started) / 1000) : "",
            detail,
          ]
            .filter(Boolean)
            .join(" · "),
        ),
      );
    }
    const origin = trial.k ? `suggestion ${trial.k} of the algorithm` : "enqueued by a person";
    if (other) this.log = null;
    this.logBox = element("div");
    root.replaceChildren(
      heading,
      this.objective,
      this.facts,
      element("p", { textContent: origin + (trial.why ? "; " + trial.why : "") }),
      element("h3", { textContent: "parameters" }),
      parameters,
      element("h3", { textContent: "objective" }),
      this.curve,
      ...this.more.flatMap(({ name, box }) => [element("h3", { textContent: name }), box]),
      element("h3", { textContent: "attempts" }),
      attempts,
      element("h3", { textContent: "output" }),
      this.logBox,
    );
    this.numbers(trial);
    this.drawLog(trial);
  }

  numbers(trial) {
    const { study } = this.app;
    this.objective.textContent = format(study.value(trial, "#objective"), 6);
    const time = study.value(trial, "#duration");
    this.facts.textContent = [
      `iteration ${format(study.value(trial, "#iteration"))}`,
      `${trial.curve.length} observations`,
      duration(time),
    ]
      .filter(Boolean)
      .join(" · ");
    this.draw(trial, "", this.curve);
    for (const { name, box } of this.more) this.draw(trial, name, box);
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
      box.replaceChildren(
        pre,
        element("button", {
          textContent: "read again",
          hidden: Boolean(this.app.report),
          onclick: () => this.drawLog(trial),
        }),
      );
      pre.scrollTop = pre.scrollHeight;
    };
    if (this.log) show(this.log);
    const { status, body } = await this.app.connection.ask("GET", "/log?trial=" + trial.id);
    if (this.id !== trial.id || box !== this.logBox) return;
    if (status === 200) show((this.log = typeof body === "string" ? body : JSON.stringify(body)));
    else
      box.replaceChildren(element("p", { textContent: (body && body.detail) || "there is none" }));
  }

  // The trial that is shown has observed something.
  refresh(grown) {
    const trial = this.app.view.trial && this.app.study.trial(this.app.view.trial);
    if (trial && grown.has(trial) && this.shown) this.numbers(trial);
  }
}
