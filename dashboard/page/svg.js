// A drawing context that writes SVG: it has what the charts use of a canvas's context, no more.
import { element } from "./canvas.js";

const anchors = { left: "start", center: "middle", right: "end" };
const baselines = {
  middle: "central",
  top: "hanging",
  bottom: "text-after-edge",
  alphabetic: "alphabetic",
};
const usual = {
  fillStyle: "#000",
  strokeStyle: "#000",
  lineWidth: 1,
  globalAlpha: 1,
  font: "11px sans-serif",
  textAlign: "left",
  textBaseline: "alphabetic",
  lineJoin: "miter",
};

const round = (x) => Math.round(x * 100) / 100;
const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

// `name="value"` for each; numbers are rounded.
const write = (attributes) =>
  Object.entries(attributes)
    .map(([name, x]) => `${name}="${typeof x === "number" ? round(x) : escape(x)}"`)
    .join(" ");

export class SvgContext {
  constructor(width, height) {
    Object.assign(this, { width, height, prepared: false, out: [], stack: [], path: "" });
    Object.assign(this, { clipped: null, clips: 0, state: { ...usual } });
    for (const name of Object.keys(usual))
      Object.defineProperty(this, name, {
        get: () => this.state[name],
        set: (value) => (this.state[name] = value),
      });
    this.ruler = element("canvas").getContext("2d");
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
  add(command, ...numbers) {
    this.path += command + numbers.map(round).join(" ");
  }
  moveTo(x, y) {
    this.add("M", x, y);
  }
  lineTo(x, y) {
    this.add(this.path ? "L" : "M", x, y);
  }
  bezierCurveTo(...at) {
    this.add("C", ...at);
  }
  // A whole circle, whatever the angles.
  arc(x, y, r) {
    this.add("M", x - r, y);
    this.add("a", r, r, 0, 1, 0, 2 * r, 0);
    this.add("a", r, r, 0, 1, 0, -2 * r, 0);
  }
  rect(x, y, w, h) {
    this.add("M", x, y);
    this.add("h", w);
    this.add("v", h);
    this.add("h", -w);
    this.path += "z";
  }
  clip() {
    this.out.push(`<clipPath id="c${++this.clips}"><path d="${this.path}"/></clipPath>`);
    this.clipped = this.clips;
  }

  put(tag, attributes, inner) {
    const all = { ...attributes };
    if (this.clipped) all["clip-path"] = `url(#c${this.clipped})`;
    if (this.globalAlpha < 1) all.opacity = String(this.globalAlpha);
    const end = inner === undefined ? "/>" : `>${inner}</${tag}>`;
    this.out.push(`<${tag} ${write(all)}${end}`);
  }
  pen() {
    return { stroke: this.strokeStyle, "stroke-width": String(this.lineWidth) };
  }
  stroke() {
    if (this.path) this.put("path", { d: this.path, fill: "none", ...this.pen() });
  }
  fill() {
    if (this.path) this.put("path", { d: this.path, fill: this.fillStyle });
  }
  fillRect(x, y, width, height) {
    this.put("rect", { x, y, width, height, fill: this.fillStyle });
  }
  strokeRect(x, y, width, height) {
    this.put("rect", { x, y, width, height, fill: "none", ...this.pen() });
  }

  measureText(text) {
    this.ruler.font = this.font;
    return this.ruler.measureText(text);
  }
  strokeText() {}
  fillText(text, x, y) {
    const [size, ...family] = this.font.split(" ");
    const attributes = {
      x,
      y,
      fill: this.fillStyle,
      "font-size": size,
      "font-family": family.join(" "),
      "text-anchor": anchors[this.textAlign],
      "dominant-baseline": baselines[this.textBaseline],
    };
    this.put("text", attributes, escape(text));
  }

  toString(background) {
    const { width, height } = this;
    const box = { width, height, viewBox: `0 0 ${width} ${height}` };
    const back = { width: "100%", height: "100%", fill: background };
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" ${write(box)}>` +
      `<rect ${write(back)}/>${this.out.join("\n")}</svg>\n`
    );
  }
}
