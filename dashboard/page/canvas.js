// What all drawings have in common.

export const dark = () => document.documentElement.dataset.theme === "dark";

// The page's colours, by their names in page.css; kept, because asking the browser each time takes
// longer than drawing.
const inks = new Map();
let inksOf = "";

export function ink(name) {
  const theme = document.documentElement.dataset.theme;
  if (inksOf !== theme) inks.clear();
  inksOf = theme;
  if (!inks.has(name))
    inks.set(
      name,
      getComputedStyle(document.documentElement)
        .getPropertyValue("--" + name)
        .trim(),
    );
  return inks.get(name);
}

export function element(tag, attributes = {}, ...children) {
  const out = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) out.addEventListener(name.slice(2), value);
    else if (name in out && name !== "list") out[name] = value;
    else out.setAttribute(name, value);
  }
  out.append(...children.filter((child) => child !== null && child !== undefined));
  return out;
}

// A canvas as large as its box, sharp on every screen. Returns its context, in CSS pixels, cleared.
export function prepare(canvas, width, height) {
  const ratio = Math.min(3, window.devicePixelRatio || 1);
  const w = Math.max(1, Math.round(width * ratio));
  const h = Math.max(1, Math.round(height * ratio));
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = width + "px";
    canvas.style.height = height + "px";
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

// Draws many things a few at a time, so that the page stays responsive. All painters together have
// a share of each frame of the screen; the painter that was made first comes first. Most of the
// cost of drawing arises after the script has ended, so the share is counted in things and follows
// from how long the last frames took. A new job replaces a painter's old one.
const painters = [];
let share = 64;
let asked = false;
let last = 0;

function slice(now) {
  asked = false;
  if (last) share = now - last > 24 ? Math.max(24, share / 2) : Math.min(2000, share * 1.2);
  let left = Math.floor(share);
  for (const painter of painters) {
    while (painter.job && left > 0) {
      const { draw, done } = painter.job;
      const stop = Math.min(painter.job.count, painter.job.at + left);
      left -= stop - painter.job.at;
      while (painter.job.at < stop) draw(painter.job.at++);
      if (stop < painter.job.count) break;
      painter.job = null;
      if (done) done();
    }
  }
  last = now;
  again();
  if (!asked) last = 0;
}

function again() {
  if (asked || !painters.some((painter) => painter.job)) return;
  asked = true;
  requestAnimationFrame(slice);
}

export class Painter {
  constructor() {
    this.job = null;
    painters.push(this);
  }

  // Calls `draw(i)` for 0 … count − 1, then `done`.
  run(count, draw, done) {
    this.job = { count, draw, done, at: 0 };
    again();
  }

  stop() {
    this.job = null;
  }
}

// The same order of the numbers below n each time, and a fair sample wherever it is cut off.
export function shuffled(n) {
  const out = new Uint32Array(n);
  let seed = 12345;
  for (let i = 0; i < n; ++i) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((seed / 4294967296) * (i + 1));
    out[i] = out[j];
    out[j] = i;
  }
  return out;
}

// Axes below and at the left of a plot.
export function drawAxes(context, x, y, box, labels, format) {
  const line = ink("line");
  context.font = "11px " + ink("font");
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const t of y.ticks(Math.max(3, Math.floor((box.bottom - box.top) / 45)))) {
    const at = Math.round(y(t)) + 0.5;
    if (at < box.top - 1 || at > box.bottom + 1) continue;
    context.strokeStyle = line;
    context.beginPath();
    context.moveTo(box.left, at);
    context.lineTo(box.right, at);
    context.stroke();
    context.fillStyle = ink("dim");
    context.fillText(fit(context, format(t), box.left - 10), box.left - 6, at);
  }
  if (y.none !== undefined) {
    context.fillStyle = ink("dim");
    context.fillText("≤ 0", box.left - 6, y.none);
    context.strokeStyle = line;
    context.strokeRect(box.left, y.none - 6.5, box.right - box.left, 13);
  }
  context.textBaseline = "top";
  context.textAlign = "center";
  for (const t of x.ticks(Math.max(2, Math.floor((box.right - box.left) / 80)))) {
    const at = x(t);
    if (at < box.left - 1 || at > box.right + 1) continue;
    context.fillStyle = ink("dim");
    const text = fit(context, (labels.formatX || format)(t), x.step ? x.step - 4 : 90);
    const half = context.measureText(text).width / 2;
    context.fillText(text, Math.min(at, box.right + 5 - half), box.bottom + 6);
  }
  context.strokeStyle = ink("axis");
  context.beginPath();
  context.moveTo(box.left, box.bottom + 0.5);
  context.lineTo(box.right, box.bottom + 0.5);
  context.stroke();
  if (labels.x) {
    context.textAlign = "right";
    context.fillStyle = ink("dim");
    context.fillText(fit(context, labels.x, box.right - box.left), box.right, box.bottom + 20);
  }
  if (labels.y) {
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    context.fillText(fit(context, labels.y, box.right - 8), 8, box.top - 11);
  }
}

// The text, cut where it would not fit.
export function fit(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let keep = text.length;
  while (keep > 1 && context.measureText(text.slice(0, keep) + "…").width > width)
    keep -= Math.max(1, keep >> 3);
  return text.slice(0, Math.max(1, keep)) + "…";
}
