// The menus: of an axis, of all axes, and of what can be saved.
import { element, ink } from "./canvas.js";
import { savePng, saveText, toCsv, toJson } from "./save.js";
import { SvgContext } from "./svg.js";

const $ = (id) => document.getElementById(id);

function open(at, items) {
  const menu = $("menu");
  menu.replaceChildren(...items);
  menu.hidden = false;
  const box = at.getBoundingClientRect();
  menu.style.left = Math.max(4, Math.min(box.left, innerWidth - menu.offsetWidth - 8)) + "px";
  menu.style.top = Math.min(box.bottom + 4, innerHeight - menu.offsetHeight - 8) + "px";
}

function item(label, action) {
  const onclick = () => {
    $("menu").hidden = true;
    action();
  };
  return element("button", { textContent: label, onclick });
}

const shownNames = (store) => store.shown().map((axis) => axis.name);

export function axisMenu(store, axis, at) {
  const items = [];
  if (axis.kind === "number")
    items.push(item(axis.log ? "linear scale" : "log scale", () => store.toggleLog(axis)));
  if (store.view.brushes[axis.name])
    items.push(item("clear its brush", () => store.brush(axis.name, null)));
  const names = shownNames(store);
  const move = (by) => {
    const from = names.indexOf(axis.name);
    names.splice(from, 1);
    names.splice(Math.max(0, from + by), 0, axis.name);
    store.showAxes(names);
  };
  items.push(
    item("move left", () => move(-1)),
    item("move right", () => move(1)),
    item("hide", () => store.showAxes(names.filter((name) => name !== axis.name))),
  );
  open(at, items);
}

export function axesMenu(store) {
  const names = shownNames(store);
  const items = store.axes.map((axis) => {
    const onchange = () => {
      const others = shownNames(store).filter((name) => name !== axis.name);
      store.showAxes(input.checked ? [...others, axis.name] : others);
    };
    const checked = names.includes(axis.name);
    const input = element("input", { type: "checkbox", checked, onchange });
    return element("label", {}, input, axis.label);
  });
  open($("axes"), items);
}

// Saves a drawing as SVG.
function saveSvg(drawing, file) {
  const context = new SvgContext(drawing.width, drawing.height);
  drawing.drawInto(context);
  saveText(file, context.toString(ink("panel")), "image/svg+xml");
}

export function saveMenu({ study, view }, { table, parallel, charts }) {
  const { name } = study.about;
  const ids = table.order;
  const chart = charts[view.tab];
  const pane = $("chart-" + view.tab);
  const file = `${name}-${view.tab}`;
  const items = [
    item("table as CSV", () => saveText(name + ".csv", toCsv(study, ids), "text/csv")),
    item("table as JSON", () => saveText(name + ".json", toJson(study, ids), "application/json")),
    item("parallel coordinates as PNG", () =>
      savePng(name + "-parallel.png", $("parallel"), ink("panel")),
    ),
    item("parallel coordinates as SVG", () => saveSvg(parallel, name + "-parallel.svg")),
  ];
  if (pane.querySelector("canvas"))
    items.push(item("chart as PNG", () => savePng(file + ".png", pane, ink("panel"))));
  if (chart.drawInto) items.push(item("chart as SVG", () => saveSvg(chart, file + ".svg")));
  open($("save"), items);
}
