// Files for people to keep: tables and pictures.
import { element } from "./canvas.js";

function save(name, blob) {
  const url = URL.createObjectURL(blob);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

const safe = (name) => name.replace(/[^\w.-]+/g, "_") || "study";

// SHERPA's table of the trials that are selected. A field that a spreadsheet would take for a formula is made a text.
export function toCsv(study, ids) {
  const names = [...study.valueNames].sort();
  const quote = (x) => {
    let text =
      x === undefined || x === null ? "" : Array.isArray(x) ? JSON.stringify(x) : String(x);
    if (typeof x === "string" && /^[=+\-@\t]/.test(text)) text = "'" + text;
    return /[",\n\r]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  const lines = [
    ["Trial-ID", "Status", "Iteration", ...names, "Objective", ...study.metricNames]
      .map(quote)
      .join(","),
  ];
  for (const id of ids) {
    const t = study.trial(id);
    const status = study.nameOf("status", t.status);
    const row = [
      id,
      status,
      study.value(t, "#iteration"),
      ...names.map((n) => t.values[n]),
      study.value(t, "#objective"),
      ...study.metricNames.map((n) => study.value(t, "@" + n)),
    ];
    lines.push(row.map(quote).join(","));
  }
  return lines.join("\n") + "\n";
}

export function toJson(study, ids) {
  const number = (x) =>
    typeof x === "number" && !Number.isFinite(x)
      ? Number.isNaN(x)
        ? "NaN"
        : x > 0
          ? "Infinity"
          : "-Infinity"
      : x;
  return JSON.stringify(
    ids.map((id) => {
      const t = study.trial(id);
      const context = Object.fromEntries(
        study.metricNames.map((n) => [n, number(study.value(t, "@" + n))]),
      );
      return {
        trial: id,
        status: study.value(t, "#status"),
        iteration: number(study.value(t, "#iteration")),
        parameters: { ...t.values },
        objective: number(study.value(t, "#objective")),
        context,
      };
    }),
    null,
    1,
  );
}

export const saveText = (name, text, type) => save(safe(name), new Blob([text], { type }));

// All layers of a pane in one picture.
export function savePng(name, root, background) {
  const layers = [...root.querySelectorAll("canvas")].filter((c) => c.width > 1);
  const out = element("canvas", {
    width: Math.max(...layers.map((c) => c.width)),
    height: Math.max(...layers.map((c) => c.height)),
  });
  const context = out.getContext("2d");
  context.fillStyle = background;
  context.fillRect(0, 0, out.width, out.height);
  for (const layer of layers) context.drawImage(layer, 0, 0);
  out.toBlob((blob) => save(safe(name), blob));
}

// A context that writes SVG instead of drawing: what the charts use of a canvas, no more.
export class SvgContext {
  constructor(width, height) {
    Object.assign(this, {
      width,
      height,
      prepared: false,
      out: [],
      stack: [],
      path: "",
      clipped: null,
      clips: 0,
    });
    this.state = {
      fillStyle: "#000",
      strokeStyle: "#000",
      lineWidth: 1,
      globalAlpha: 1,
      font: "11px sans-serif",
      textAlign: "left",
      textBaseline: "alphabetic",
      lineJoin: "miter",
    };
    for (const name of Object.keys(this.state))
      Object.defineProperty(this, name, {
        get: () => this.state[name],
        set: (value) => (this.state[name] = value),
      });
    this.ruler = element("canvas").getContext("2d");
  }
  n(x) {
    return Math.round(x * 100) / 100;
  }
  text(s) {
    return String(s).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  }
  save() {
    this.stack.push([{ ...this.state }, this.clipped]);
  }
  restore() {
    if (this.stack.length) [this.state, this.clipped] = this.stack.pop();
  }
  setTransform() {}
  clearRect() {}
  beginPath() {
    this.path = "";
  }
  moveTo(x, y) {
    this.path += `M${this.n(x)} ${this.n(y)}`;
  }
  lineTo(x, y) {
    this.path += (this.path ? "L" : "M") + `${this.n(x)} ${this.n(y)}`;
  }
  bezierCurveTo(...at) {
    this.path += "C" + at.map((x) => this.n(x)).join(" ");
  }
  arc(x, y, r) {
    this.path += `M${this.n(x - r)} ${this.n(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
  }
  rect(x, y, w, h) {
    this.path += `M${this.n(x)} ${this.n(y)}h${this.n(w)}v${this.n(h)}h${this.n(-w)}z`;
  }
  clip() {
    this.out.push(`<clipPath id="c${++this.clips}"><path d="${this.path}"/></clipPath>`);
    this.clipped = this.clips;
  }
  put(tag, attributes, inner) {
    const clip = this.clipped ? ` clip-path="url(#c${this.clipped})"` : "";
    const alpha = this.state.globalAlpha < 1 ? ` opacity="${this.state.globalAlpha}"` : "";
    this.out.push(
      `<${tag} ${attributes}${clip}${alpha}${inner === undefined ? "/>" : ">" + inner + "</" + tag + ">"}`,
    );
  }
  stroke() {
    if (this.path)
      this.put(
        "path",
        `d="${this.path}" fill="none" stroke="${this.text(this.state.strokeStyle)}" stroke-width="${this.state.lineWidth}"`,
      );
  }
  fill() {
    if (this.path) this.put("path", `d="${this.path}" fill="${this.text(this.state.fillStyle)}"`);
  }
  fillRect(x, y, w, h) {
    this.put(
      "rect",
      `x="${this.n(x)}" y="${this.n(y)}" width="${this.n(w)}" height="${this.n(h)}" fill="${this.text(this.state.fillStyle)}"`,
    );
  }
  strokeRect(x, y, w, h) {
    this.put(
      "rect",
      `x="${this.n(x)}" y="${this.n(y)}" width="${this.n(w)}" height="${this.n(h)}" fill="none" stroke="${this.text(this.state.strokeStyle)}" stroke-width="${this.state.lineWidth}"`,
    );
  }
  measureText(text) {
    this.ruler.font = this.state.font;
    return this.ruler.measureText(text);
  }
  strokeText() {}
  fillText(text, x, y) {
    const anchor = { left: "start", center: "middle", right: "end" }[this.state.textAlign];
    const base = {
      middle: "central",
      top: "hanging",
      bottom: "text-after-edge",
      alphabetic: "alphabetic",
    }[this.state.textBaseline];
    const [size, ...family] = this.state.font.split(" ");
    this.put(
      "text",
      `x="${this.n(x)}" y="${this.n(y)}" fill="${this.text(this.state.fillStyle)}" font-size="${size}" font-family="${this.text(family.join(" "))}" text-anchor="${anchor}" dominant-baseline="${base}"`,
      this.text(text),
    );
  }
  toString(background) {
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${this.width}" height="${this.height}" viewBox="0 0 ${this.width} ${this.height}"><rect width="100%" height="100%" fill="${this.text(background)}"/>${this.out.join("\n")}</svg>\n`;
  }
}
