// The table of trials: any number of rows, of which only those in sight exist.
import { element } from "./canvas.js";
import { duration, format } from "./scale.js";
import { keyOf } from "./axes.js";

const rowHeight = 24;

export class Table {
  // `app`: study, view, mask, hover(id), openTrial(id), changeView(), askToStop(trial).
  constructor(root, app) {
    this.root = root;
    this.app = app;
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
    this.body.addEventListener("pointerover", (event) => this.app.hover(this.idAt(event)));
    root.addEventListener("pointerleave", () => this.app.hover(null));
    this.body.addEventListener("click", (event) => {
      const id = this.idAt(event);
      if (!id) return;
      if (event.target.dataset.stop) this.app.askToStop(this.app.study.trial(id));
      else this.app.openTrial(id);
    });
  }

  idAt(event) {
    const row = event.target.closest("[data-id]");
    return row ? Number(row.dataset.id) : null;
  }

  columns() {
    const { app } = this;
    const fixed = [
      { name: "#id", label: "trial", width: 64, number: true },
      { name: "#status", label: "status", width: 108 },
      { name: "#objective", label: "objective", width: 92, number: true },
      { name: "#iteration", label: "iteration", width: 82, number: true },
    ];
    const values = app.axes.filter((axis) => !axis.name.startsWith("#"));
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
  update() {
    const { study, mask, view } = this.app;
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
      if (lost(x) || lost(y)) return lost(x) === lost(y) ? a - b : lost(x) ? 1 : -1; // what is not there comes last
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
    const [name, direction] = this.app.view.sort;
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
            this.app.changeView({ sort: [column.name, turned] });
            this.update();
          },
        });
        cell.style.width = column.width + "px";
        return cell;
      }),
    );
  }

  draw(anew = false) {
    const first = Math.max(0, Math.floor(this.root.scrollTop / rowHeight) - 4);
    const count = Math.min(
      this.order.length - first,
      Math.ceil(this.root.clientHeight / rowHeight) + 8,
    );
    if (!anew && first === this.first && count === this.count) return;
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
    this.mark();
  }

  fill(row, id, at) {
    const { study } = this.app;
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
      const value = study.value(trial, column.name);
      const text =
        column.name === "#duration"
          ? duration(value)
          : column.name === "#status" && trial.stopping
            ? "stopping"
            : typeof value === "number" && Number.isNaN(value) && trial.status === 0
              ? ""
              : format(value, 5);
      cell.className = "td" + (column.number ? " number" : "");
      cell.style.width = column.width + "px";
      if (column.name === "#status") {
        cell.className += " status " + (trial.stopping ? "stopped" : value);
        cell.replaceChildren(text);
        if (trial.running && !trial.stopping && this.app.maySteer())
          (cell.append(
            element("button", {
              className: "stop",
              textContent: "stop",
              title: "stop trial " + id,
            }),
          ),
            (cell.lastChild.dataset.stop = "1"));
      } else if (cell.textContent !== text || cell.childElementCount) {
        cell.textContent = text;
      }
      if (cell.title !== text) cell.title = text;
    });
  }

  mark() {
    const { app } = this;
    for (const row of this.rows) {
      const id = Number(row.dataset.id);
      row.classList.toggle("hover", id === app.hovered);
      row.classList.toggle("open", id === app.view.trial);
      row.classList.toggle("best", Boolean(app.study.best && app.study.best.trial.id === id));
    }
  }

  // Numbers of running trials change without anything else.
  refresh() {
    if (this.rows.length && this.count) this.draw(true);
  }

  key(event) {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 20, PageUp: -20 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.target.tagName === "INPUT") return;
    event.preventDefault();
    const at = this.order.indexOf(this.app.view.trial);
    const to = Math.min(this.order.length - 1, Math.max(0, at < 0 ? 0 : at + step));
    if (this.order.length) this.app.openTrial(this.order[to]);
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
