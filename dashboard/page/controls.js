// What people do with buttons, fields and keys.
import { dark } from "./canvas.js";
import { askForConfiguration, askForLimit, help, showLink } from "./dialogs.js";
import { axesMenu, saveMenu } from "./menus.js";
import { toHash, usual } from "./view.js";

const $ = (id) => document.getElementById(id);

export function listen(app) {
  app.mouse = { x: 0, y: 0, touch: false };
  addEventListener(
    "pointermove",
    (event) =>
      Object.assign(app.mouse, {
        x: event.clientX,
        y: event.clientY,
        touch: event.pointerType === "touch",
      }),
    { capture: true, passive: true },
  );
  addEventListener("pointerdown", (event) => {
    if (!$("menu").hidden && !$("menu").contains(event.target)) $("menu").hidden = true;
  });
  new ResizeObserver(() => app.resized()).observe(document.querySelector("main"));
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("filter").addEventListener("input", () => {
    app.changeView({ filter: $("filter").value });
    if (app.study.about) app.selected();
  });
  $("clear").onclick = () => {
    app.changeView({ brushes: {}, filter: "" });
    $("filter").value = "";
    app.selected();
    app.parallel.paintAxes();
  };
  $("studies").onchange = () => {
    const kept = {
      ...usual(),
      study: Number($("studies").value),
      theme: app.view.theme,
      tab: app.view.tab,
    };
    app.view = kept;
    app.changeView({});
    app.openTrial(null);
    app.forgetOthers();
    app.connect(kept.study);
  };
  $("theme").onclick = () => app.theme(dark() ? "light" : "dark");
  $("help").onclick = () => help(app.axes.map((axis) => axis.label));
  $("axes").onclick = () => axesMenu(app);
  $("save").onclick = () => app.study.about && saveMenu(app);
  $("link").onclick = () => showLink(location.href.split("#")[0] + toHash(app.view));
  $("pause").onclick = () => app.steer(app.study.about.paused ? "/resume" : "/pause");
  $("limit").onclick = () =>
    askForLimit(app.study.about.max_concurrent, (n) => app.steer("/limit", { max_concurrent: n }));
  $("enqueue").onclick = () =>
    askForConfiguration(
      app.study,
      app.view.trial || (app.study.best && app.study.best.trial.id),
      (parameters) => app.steer("/enqueue", { parameters }),
    );
  addEventListener("keydown", (event) => pressed(app, event));
  app.drawScale();
}

function pressed(app, event) {
  if (
    event.target.matches("input, select, textarea") ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey
  ) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  const digit = Number(event.key);
  if (digit >= 1 && digit <= app.tabs.length) return app.openTab(app.tabs[digit - 1][0]);
  switch (event.key) {
    case "/":
      event.preventDefault();
      return $("filter").focus();
    case "t":
      return app.theme(dark() ? "light" : "dark");
    case "?":
      return help(app.axes.map((axis) => axis.label));
    case "b":
      return app.study.best && app.openTrial(app.study.best.trial.id);
    case "s": {
      const trial = app.view.trial && app.study.trial(app.view.trial);
      return trial && trial.running && app.maySteer() && app.askToStop(trial);
    }
    case "j":
    case "k":
    case "ArrowDown":
    case "ArrowUp":
      return event.target.closest("#table") ? undefined : app.table.key(event);
    case "Escape":
      if (!$("menu").hidden) return ($("menu").hidden = true);
      if (app.view.trial) return app.openTrial(null);
      return $("clear").hidden || $("clear").click();
  }
}
