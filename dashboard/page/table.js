// The table of trials: any number of rows, of which only the visible ones exist.
import { element } from "./canvas.js";
import { duration, format } from "./scale.js";
import { hasEnded } from "./study.js";
import { keyOf } from "./axes.js";

const rowHeight = 24;

export class Table {
  // `actions`: hover(id), open(id), stop(trial), changeView(change).
  constructor(root, actions) {
    this.root = root;
    this.actions = actions;
    this.head = element("div", { className: "tr head", role: "row" });
    this.body = element("div", { className: "tbody" });
    this.space = element("div", { className: "space" });
    this.rows = [];
    this.order = [];
    root.setAttribute("role", "grid");
    root.tabIndex = 0;
    this.body.append(this.space);
    root.append(this.head, this.body);
    root.addEventListener("scroll", () => this.draw());
    root.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("pointerover", (event) => this.actions.hover(this.idAt(event)));
    root.addEventListener("pointerleave", () => this.actions.hover(null));
    this.body.addEventListener("click", (event) => {
      const id = this.idAt(event);
      if (!id) return;
      if (event.target.dataset.stop) this.actions.stop(this.scene.study.trial(id));
      else this.actions.open(id);
    });
  }

  idAt(event) {
    const row = event.target.closest("[data-id]");
    return row ? Number(row.dataset.id) : null;
  }

  columns() {
    const fixed = [
      { name: "#id", label: "trial", width: 64, number: true },
      { name: "#status", label: "status", width: 108 },
      { name: "#objective", label: "objective", width: 92, number: true },
      { name: "#iteration", label: "iteration", width: 82, number: true },
    ];
    const values = this.scene.axes.filter((axis) => !axis.name.startsWith("#"));
    return [
      ...fixed,
      ...values.map((axis) => ({
        name: axis.name,
        label: axis.label,
        width: Math.min(170, Math.max(84, 26 + axis.label.length * 7.2)),
        number: axis.kind === "number",
      })),
      { name: "#duration", label: "time", width: 70, number: true },
      { name: "#worker", label: "worker", width: 110 },
    ];
  }

  // Other trials, selection or order.
  update(scene) {
    this.scene = scene;
    this.focus = scene.focus;
    const { study, mask, view } = scene;
    this.shownColumns = this.columns();
    const [name, direction] = view.sort;
    const ids = [];
    for (let i = 0; i < mask.length; ++i) if (mask[i]) ids.push(i + 1);
    const key = ids.map((id) => {
      const value = study.value(study.trial(id), name);
      return typeof value === "number" ? value : value === undefined ? NaN : keyOf(value);
    });
    const index = ids.map((_, i) => i);
    const sign = direction === "down" ? -1 : 1;
    const lost = (x) => typeof x === "number" && Number.isNaN(x);
    index.sort((a, b) => {
      const [x, y] = [key[a], key[b]];
      if (lost(x) && lost(y)) return a - b;
      if (lost(x) || lost(y)) return lost(x) ? 1 : -1; // absent values come last
      if (x < y) return -sign;
      if (x > y) return sign;
      return a - b;
    });
    this.order = index.map((i) => ids[i]);
    this.space.style.height = this.order.length * rowHeight + "px";
    this.drawHead();
    this.draw(true);
  }

  drawHead() {
    const [name, direction] = this.scene.view.sort;
    const width = this.shownColumns.reduce((sum, c) => sum + c.width, 0);
    this.head.style.width = this.body.style.width = width + "px";
    this.head.replaceChildren(
      ...this.shownColumns.map((column) => {
        const cell = element("button", {
          className: "td" + (column.number ? " number" : ""),
          textContent:
            column.label + (column.name === name ? (direction === "down" ? " ▾" : " ▴") : ""),
          title: "sort by " + column.label,
          onclick: () => {
            const turned = column.name === name && direction === "up" ? "down" : "up";
            this.actions.changeView({ sort: [column.name, turned] });
            this.update(this.scene);
          },
        });
        cell.style.width = column.width + "px";
        return cell;
      }),
    );
  }

  draw(force = false) {
    if (!this.scene) return;
    const first = Math.max(0, Math.floor(this.root.scrollTop / rowHeight) - 4);
    const count = Math.min(
      this.order.length - first,
      Math.ceil(this.root.clientHeight / rowHeight) + 8,
    );
    if (!force && first === this.first && count === this.count) return;
    this.first = first;
    this.count = count;
    while (this.rows.length < count) {
      const row = element("div", { className: "tr", role: "row" });
      this.rows.push(row);
      this.body.append(row);
    }
    this.rows.forEach((row, i) => {
      row.hidden = i >= count;
      if (i < count) this.fill(row, this.order[first + i], first + i);
    });
    this.mark(this.focus);
  }

  fill(row, id, at) {
    const { study } = this.scene;
    const trial = study.trial(id);
    row.dataset.id = id;
    row.style.top = at * rowHeight + "px";
    while (row.children.length > this.shownColumns.length) row.lastChild.remove();
    this.shownColumns.forEach((column, i) => {
      let cell = row.children[i];
      if (!cell) {
        cell = element("span", { className: "td", role: "gridcell" });
        row.append(cell);
      }
      const text = textOf(study, trial, column.name);
      cell.className = "td" + (column.number ? " number" : "");
      cell.style.width = column.width + "px";
      if (column.name === "#status") this.fillStatus(cell, trial, text);
      else if (cell.textContent !== text || cell.childElementCount) cell.textContent = text;
      if (cell.title !== text) cell.title = text;
    });
  }

  fillStatus(cell, trial, text) {
    const { study, maySteer } = this.scene;
    cell.className += " status " + (trial.stopping ? "stopped" : study.value(trial, "#status"));
    cell.replaceChildren(text);
    if (!trial.running || trial.stopping || !maySteer) return;
    const attributes = { className: "stop", textContent: "stop", title: "stop trial " + trial.id };
    const button = element("button", attributes);
    button.dataset.stop = "1";
    cell.append(button);
  }

  // Marks the rows of the trial under the mouse, the open one and the best one.
  mark(focus) {
    if (!this.scene) return;
    this.focus = focus;
    const { best } = this.scene.study;
    for (const row of this.rows) {
      const id = Number(row.dataset.id);
      row.classList.toggle("hover", id === focus.hovered);
      row.classList.toggle("open", id === focus.opened);
      row.classList.toggle("best", Boolean(best && best.trial.id === id));
    }
  }

  // Only numbers of running trials have changed.
  refresh(scene) {
    this.scene = scene;
    this.focus = scene.focus;
    if (this.rows.length && this.count) this.draw(true);
  }

  key(event) {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 20, PageUp: -20 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.target.tagName === "INPUT") return;
    event.preventDefault();
    const at = this.order.indexOf(this.scene.view.trial);
    const to = Math.min(this.order.length - 1, Math.max(0, at < 0 ? 0 : at + step));
    if (this.order.length) this.actions.open(this.order[to]);
    this.show(this.order[to]);
  }

  show(id) {
    const at = this.order.indexOf(id);
    if (at < 0) return;
    const y = at * rowHeight;
    if (y < this.root.scrollTop) this.root.scrollTop = y;
    if (y + rowHeight * 2 > this.root.scrollTop + this.root.clientHeight)
      this.root.scrollTop = y + rowHeight * 2 - this.root.clientHeight;
  }
}

function textOf(study, trial, name) {
  const value = study.value(trial, name);
  if (name === "#duration") return duration(value);
  if (name === "#status" && trial.stopping) return "stopping";
  const absent = typeof value === "number" && Number.isNaN(value) && !hasEnded(trial);
  return absent ? "" : format(value, 5);
}
