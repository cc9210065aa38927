// The objective over two parameters: a weighted mean of the trials nearby, and the trials.
import { keyOf, scaleOf } from "./axes.js";
import { drawAxes, element, ink } from "./canvas.js";
import { Chart, parametersOf, withObjective } from "./chart.js";
import { stepOf } from "./colour.js";
import { format } from "./scale.js";

const cell = 10; // pixels
const most = 1500; // trials whose mean is taken

export class Contour extends Chart {
  // `actions`: changeView(change), besides those of a chart.
  constructor(root, actions) {
    super(root, actions);
    this.changeView = actions.changeView;
    this.bar = root.appendChild(element("div", { className: "chart-bar" }));
  }

  draw(context, scene) {
    const { study } = scene;
    const axes = parametersOf(scene.axes);
    const trials = withObjective(scene);
    if (axes.length < 2 || trials.length < 3)
      return this.say(context, "a contour takes two parameters and three trials");
    const [ax, ay] = this.chosen(axes);
    const box = { ...this.box, top: this.box.top + 14 };
    const x = scaleOf(study, ax, [box.left, box.right]);
    const y = scaleOf(study, ay, [box.bottom, box.top]);
    const place = (axis, scale, t) =>
      scale(axis.kind === "category" ? keyOf(t.values[axis.name]) : t.values[axis.name]);
    const points = trials
      .map((t) => ({ t, x: place(ax, x, t), y: place(ay, y, t), z: study.value(t, "#objective") }))
      .filter((p) => Number.isFinite(p.x) && Number.isFinite(p.y));
    this.drawCells(context, box, points);
    drawAxes(context, x, y, box, { x: ax.label, y: ay.label }, (t) => format(t, 3));
    for (const p of points) {
      context.strokeStyle = ink("panel");
      context.lineWidth = 1;
      this.dot(context, p.x, p.y, p.t.id, this.colourOf(p.t), 3);
      context.stroke();
    }
  }

  // Two axes: those of the view, if there are such.
  chosen(axes) {
    const { view } = this.scene;
    const find = (name, other) =>
      axes.find((axis) => axis.name === name) || axes.find((axis) => axis.name !== other);
    const ax = find(view.contourX, view.contourY);
    const ay = find(view.contourY === ax.name ? "" : view.contourY, ax.name);
    if (!this.bar.contains(document.activeElement)) {
      Object.assign(view, { contourX: ax.name, contourY: ay.name });
      const select = (which) => this.select(axes, which);
      this.bar.replaceChildren(select("contourX"), " × ", select("contourY"));
    }
    return [ax, ay];
  }

  select(axes, which) {
    const onchange = () => {
      this.changeView({ [which]: select.value });
      this.update(this.scene);
    };
    const select = element("select", { title: which, onchange });
    for (const axis of axes)
      select.append(element("option", { value: axis.name, textContent: axis.label }));
    select.value = this.scene.view[which];
    return select;
  }

  drawCells(context, box, points) {
    const { study, range } = this.scene;
    const area = (box.right - box.left) * (box.bottom - box.top);
    const radius = Math.max(26, Math.sqrt(area / Math.max(1, points.length)) * 1.1);
    const stride = Math.ceil(points.length / most);
    const sample = points.filter((_, i) => i % stride === 0);
    for (let x = box.left; x < box.right; x += cell)
      for (let y = box.top; y < box.bottom; y += cell) {
        const { mean, weight } = meanAt(x + cell / 2, y + cell / 2, sample, radius, range);
        if (weight < 0.02) continue;
        const step = stepOf(mean, range, study.lower);
        context.globalAlpha = Math.min(0.75, weight * 1.5);
        context.fillStyle = this.ramp[Math.floor(step / 3) * 3];
        context.fillRect(x, y, Math.min(cell, box.right - x), Math.min(cell, box.bottom - y));
      }
    context.globalAlpha = 1;
  }
}

function meanAt(x, y, points, radius, [low, high]) {
  let weight = 0;
  let sum = 0;
  for (const p of points) {
    const d = ((p.x - x) ** 2 + (p.y - y) ** 2) / radius ** 2;
    if (d > 6) continue;
    const w = Math.exp(-d);
    weight += w;
    sum += w * Math.min(Math.max(p.z, low), high);
  }
  return { mean: sum / weight, weight };
}
