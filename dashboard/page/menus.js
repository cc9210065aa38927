// The menus: of an axis, of all axes, and what can be saved.
import { element, ink } from "./canvas.js";
import { SvgContext, savePng, saveText, toCsv, toJson } from "./save.js";

const $ = (id) => document.getElementById(id);

function open(at, items) {
  const menu = $("menu");
  menu.replaceChildren(...items);
  menu.hidden = false;
  const box = at.getBoundingClientRect();
  menu.style.left = Math.max(4, Math.min(box.left, innerWidth - menu.offsetWidth - 8)) + "px";
  menu.style.top = Math.min(box.bottom + 4, innerHeight - menu.offsetHeight - 8) + "px";
}

function act(label, action) {
  const chosen = () => {
    $("menu").hidden = true;
    action();
  };
  return element("button", { textContent: label, onclick: chosen });
}

export function axisMenu(app, axis, at) {
  const items = [];
  if (axis.kind === "number")
    items.push(
      act(axis.log ? "linear scale" : "log scale", () => {
        app.changeView({ logs: { ...app.view.logs, [axis.name]: !axis.log } });
        axis.log = !axis.log;
        app.parallel.update();
      }),
    );
  if (app.view.brushes[axis.name])
    items.push(act("clear its brush", () => app.brush(axis.name, null)));
  const names = app.shown().map((one) => one.name);
  const move = (by) => {
    const from = names.indexOf(axis.name);
    names.splice(from, 1);
    names.splice(Math.max(0, from + by), 0, axis.name);
    app.reorder(names);
  };
  items.push(
    act("move left", () => move(-1)),
    act("move right", () => move(1)),
    act("hide", () => app.reorder(names.filter((name) => name !== axis.name))),
  );
  open(at, items);
}

export function axesMenu(app) {
  const names = app.shown().map((one) => one.name);
  const items = app.axes.map((axis) => {
    const input = element("input", {
      type: "checkbox",
      checked: names.includes(axis.name),
      onchange: () => {
        const now = app
          .shown()
          .map((one) => one.name)
          .filter((name) => name !== axis.name);
        app.reorder(input.checked ? [...now, axis.name] : now);
      },
    });
    return element("label", {}, input, axis.label);
  });
  open($("axes"), items);
}

export function saveMenu(app) {
  const { study } = app;
  const name = study.about.name;
  const ids = app.table.order;
  const chart = app.chart();
  const pane = document.getElementById("chart-" + app.view.tab);
  const svg = (of, draw, what) => {
    const context = new SvgContext(of.width, of.height);
    draw(context);
    saveText(`${name}-${what}.svg`, context.toString(ink("panel")), "image/svg+xml");
  };
  const items = [
    act("table as CSV", () => saveText(name + ".csv", toCsv(study, ids), "text/csv")),
    act("table as JSON", () => saveText(name + ".json", toJson(study, ids), "application/json")),
    act("parallel coordinates as PNG", () =>
      savePng(name + "-parallel.png", $("parallel"), ink("panel")),
    ),
    act("parallel coordinates as SVG", () =>
      svg(app.parallel, (context) => app.parallel.drawInto(context), "parallel"),
    ),
  ];
  if (pane.querySelector("canvas"))
    items.push(
      act("chart as PNG", () => savePng(`${name}-${app.view.tab}.png`, pane, ink("panel"))),
    );
  if (chart.drawInto || chart.draw)
    items.push(
      act("chart as SVG", () =>
        svg(
          chart,
          (context) => (chart.drawInto ? chart.drawInto(context) : chart.draw(context)),
          app.view.tab,
        ),
      ),
    );
  open($("save"), items);
}
