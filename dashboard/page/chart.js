// What the charts have in common: a chart draws itself into a canvas, and knows what lies where.
import { dark, element, fit, ink, prepare } from "./canvas.js";
import { ramp, stepOf } from "./colour.js";
import { hasEnded } from "./study.js";

const margin = { top: 30, right: 14, bottom: 38, left: 62 };
const reach = 12; // pixels beside a mark that belong to it

export class Chart {
  // `actions`: hover(id), open(id).
  constructor(root, { hover, open }) {
    this.root = root;
    this.canvas = root.appendChild(element("canvas"));
    this.top = root.appendChild(element("canvas"));
    this.marks = []; // { x, y, id }, or with width and height: what stands for a trial
    this.top.addEventListener("pointermove", (event) => hover(this.under(event)));
    this.top.addEventListener("pointerleave", () => hover(null));
    this.top.addEventListener("click", (event) => {
      const id = this.under(event);
      if (id) open(id);
    });
  }

  under(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let best = reach;
    let found = null;
    for (const mark of this.marks) {
      const off = distance(mark, x, y);
      if (off >= best) continue;
      best = off;
      found = mark.id;
    }
    return found;
  }

  // `scene`: what Store.scene() returns.
  update(scene) {
    this.scene = scene;
    this.width = this.root.clientWidth;
    this.height = this.root.clientHeight;
    if (!this.width) return;
    this.box = {
      left: margin.left,
      right: this.width - margin.right,
      top: margin.top,
      bottom: this.height - margin.bottom,
    };
    this.tall = this.height;
    this.drawInto(prepare(this.canvas, this.width, this.height));
    this.paintTop(scene.focus);
  }

  drawInto(context) {
    this.marks = [];
    this.ramp = ramp(dark());
    this.draw(context, this.scene);
  }

  // Draws new observations, if that is possible without drawing everything again.
  append() {
    return false;
  }

  // Emphasizes the trial under the mouse, and the one that is open.
  paintTop({ hovered, opened }) {
    if (!this.width) return;
    const context = prepare(this.top, this.width, this.tall);
    const emphasized = [
      [opened, ink("accent")],
      [hovered, ink("strong")],
    ];
    for (const [id, colour] of emphasized)
      for (const mark of this.marks) {
        if (mark.id !== id) continue;
        context.fillStyle = colour;
        context.strokeStyle = ink("panel");
        context.lineWidth = 1.5;
        context.beginPath();
        if (mark.width === undefined) context.arc(mark.x, mark.y, 5, 0, 7);
        else context.rect(mark.x, mark.y, mark.width, mark.height - 1);
        context.fill();
        context.stroke();
      }
  }

  say(context, text) {
    context.fillStyle = ink("dim");
    context.font = "13px " + ink("font");
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(fit(context, text, this.width - 20), this.width / 2, this.height / 2);
  }

  dot(context, x, y, id, colour, size = 3) {
    context.fillStyle = colour;
    context.beginPath();
    context.arc(x, y, size, 0, 7);
    context.fill();
    this.marks.push({ x, y, id });
  }

  inBox(y) {
    return y >= this.box.top - 2 && y <= this.box.bottom + 2;
  }

  clamp(y) {
    return Math.min(this.box.bottom, Math.max(this.box.top, y));
  }

  colourOf(trial) {
    const { study, range } = this.scene;
    const step = stepOf(study.value(trial, "#objective"), range, study.lower);
    return step < 0 ? ink("dim") : this.ramp[step];
  }
}

function distance(mark, x, y) {
  if (mark.width === undefined) return Math.hypot(mark.x - x, mark.y - y);
  const inside =
    x >= mark.x && x <= mark.x + mark.width && y >= mark.y && y <= mark.y + mark.height;
  return inside ? 0 : Infinity;
}

export const parametersOf = (axes) =>
  axes.filter((axis) => axis.declared && axis.name !== "#objective");

export const withObjective = ({ study, mask }) =>
  study.trials.filter((t, i) => mask[i] && Number.isFinite(study.value(t, "#objective")));

// The trials that ended with an objective, in the order in which they ended.
export const inOrderOfEnd = (trials) =>
  trials
    .filter((t) => hasEnded(t) && Number.isFinite(t.objective))
    .sort((a, b) => a.ended - b.ended);

// The best objective after each of these trials.
export function bestSoFar(study, trials) {
  let best = NaN;
  return trials.map(({ objective }) => {
    if (Number.isNaN(best) || study.better(objective, best)) best = objective;
    return best;
  });
}
