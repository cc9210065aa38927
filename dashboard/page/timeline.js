// Which worker ran which trial when.
import { drawAxes, fit, ink } from "./canvas.js";
import { Chart } from "./chart.js";
import { statusColours } from "./colour.js";
import { duration, format, linear } from "./scale.js";

export class Timeline extends Chart {
  draw(context, { study, mask, now }) {
    const bars = barsOf(study, now);
    if (!bars.length) return this.say(context, "nothing has run yet");
    const first = bars[0].from;
    const last = bars.reduce((m, b) => Math.max(m, b.to), first + 1000);
    const lanes = assignLanes(bars);
    const rows = new Map();
    let count = 0;
    for (const [name, number] of [...lanes].sort()) {
      rows.set(name, count);
      count += number;
    }
    const box = { ...this.box, left: 96 };
    const height = Math.min(26, (box.bottom - box.top) / count);
    const x = linear([0, (last - first) / 1000], [box.left, box.right]);
    drawAxes(context, x, { ticks: () => [] }, box, { x: "time", y: "", formatX: duration }, format);
    this.drawNames(context, box, rows, lanes, height);
    for (const bar of bars) {
      const px = x((bar.from - first) / 1000);
      const width = Math.max(1.5, x((bar.to - first) / 1000) - px - 0.5);
      const y = box.top + (rows.get(bar.attempt.worker) + bar.lane) * height;
      const place = { x: px, y, width, height, id: bar.trial.id };
      this.drawBar(context, place, colourOf(bar.attempt), mask[bar.trial.id - 1]);
    }
  }

  drawNames(context, box, rows, lanes, height) {
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillStyle = ink("dim");
    for (const [name, row] of rows) {
      const number = lanes.get(name);
      if (number * height < 11) continue;
      const text = fit(context, name || "this process", 84);
      context.fillText(text, box.left - 8, box.top + (row + number / 2) * height);
    }
  }

  drawBar(context, place, colour, selected) {
    const { x, y, width, height, id } = place;
    context.fillStyle = colour;
    context.globalAlpha = selected ? 1 : 0.25;
    context.fillRect(x, y + 0.5, width, Math.max(1, height - 1.5));
    context.globalAlpha = 1;
    if (width > 26 && height > 12) {
      context.fillStyle = "#fff";
      context.textAlign = "left";
      context.fillText(String(id), x + 4, y + height / 2);
    }
    this.marks.push(place);
  }
}

function barsOf(study, now) {
  const bars = [];
  for (const trial of study.trials)
    for (const attempt of trial.attempts) {
      const to = attempt.ended ?? (study.about.ended ? attempt.started : now);
      bars.push({ trial, attempt, from: attempt.started, to });
    }
  return bars.sort((a, b) => a.from - b.from);
}

// Gives each bar a lane of its worker; a worker has as many as it ran trials at once.
function assignLanes(bars) {
  const workers = new Map();
  for (const bar of bars) {
    const name = bar.attempt.worker;
    if (!workers.has(name)) workers.set(name, []);
    const lanes = workers.get(name);
    let lane = lanes.findIndex((end) => end <= bar.from + 0.5);
    if (lane < 0) lane = lanes.push(0) - 1;
    lanes[lane] = bar.to;
    bar.lane = lane;
  }
  return new Map([...workers].map(([name, lanes]) => [name, lanes.length]));
}

function colourOf({ ended, end }) {
  if (!ended) return statusColours.running;
  return statusColours[end === "completed" || end === "stopped" ? end : "failed"];
}
