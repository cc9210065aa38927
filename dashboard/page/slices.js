// A small plot for each parameter: the objective against it.
import { keyOf, scaleOf } from "./axes.js";
import { drawAxes, fit, ink, prepare } from "./canvas.js";
import { Chart, parametersOf, withObjective } from "./chart.js";
import { format, linear, robustRange } from "./scale.js";

export class Slices extends Chart {
  draw(context, scene) {
    const { study } = scene;
    const axes = parametersOf(scene.axes);
    const trials = withObjective(scene);
    if (!trials.length || !axes.length) return this.say(context, "no trial has an objective yet");
    const columns = Math.max(1, Math.min(axes.length, Math.floor(this.width / 190)));
    const rows = Math.ceil(axes.length / columns);
    const [w, h] = [this.width / columns, Math.max(130, this.height / rows)];
    const toFile = context.prepared === false;
    const into = toFile ? context : this.grow(context, h * rows);
    const objectives = trials.map((t) => study.value(t, "#objective"));
    const range = robustRange(objectives, study.best ? [study.best.value] : []);
    axes.forEach((axis, i) => {
      const [left, top] = [(i % columns) * w, Math.floor(i / columns) * h];
      const box = { left: left + 48, right: left + w - 12, top: top + 22, bottom: top + h - 34 };
      this.drawSlice(into, axis, box, linear(range, [box.bottom, box.top]), trials);
    });
  }

  // More rows than there is room for: the canvas becomes taller than its pane, which scrolls.
  grow(context, height) {
    this.root.classList.toggle("tall", height > this.height);
    this.tall = Math.max(this.height, height);
    return height > this.height ? prepare(this.canvas, this.width, height) : context;
  }

  drawSlice(context, axis, box, y, trials) {
    const { study } = this.scene;
    const x = scaleOf(study, axis, [box.left, box.right]);
    const many = trials.length > 1000;
    context.save();
    drawAxes(context, x, y, box, {}, (t) => format(t, 3));
    context.fillStyle = ink("text");
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    context.fillText(fit(context, axis.label, box.right - box.left), box.left, box.top - 7);
    context.globalAlpha = many ? 0.5 : 0.85;
    for (const t of trials) {
      const value = t.values[axis.name];
      if (value === undefined) continue;
      const px =
        axis.kind === "category" ? x(keyOf(value)) + spread(t.id) * x.step * 0.6 : x(value);
      const py = y(study.value(t, "#objective"));
      if (py >= box.top - 2 && py <= box.bottom + 2)
        this.dot(context, px, py, t.id, this.colourOf(t), many ? 1.6 : 2.4);
    }
    context.restore();
  }
}

// Between −½ and ½, always the same for a trial.
const spread = (id) => ((id * 7919) % 101) / 101 - 0.5;
