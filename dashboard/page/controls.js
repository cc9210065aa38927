// Buttons, fields and keys.
import { askForConfiguration, askForLimit, confirmStop, help, showLink } from "./dialogs.js";
import { connect, forgetOthers } from "./feeds.js";
import { axesMenu, saveMenu } from "./menus.js";
import { tabs } from "./screen.js";
import { otherTheme, setTheme } from "./theme.js";
import { toHash } from "./view.js";

const $ = (id) => document.getElementById(id);

const showHelp = (store) => help(store.axes.map((axis) => axis.label));

const changeTheme = (store, screen) => {
  setTheme(otherTheme());
  store.changeView({ theme: document.documentElement.dataset.theme });
  screen.resized();
};

export function listen(store, screen) {
  listenToMouse(screen);
  listenToFilter(store);
  listenToBar(store, screen);
  new ResizeObserver(() => screen.resized()).observe(document.querySelector("main"));
  addEventListener("keydown", (event) => pressed(store, screen, event));
}

function listenToMouse({ mouse }) {
  const moved = ({ clientX: x, clientY: y, pointerType }) =>
    Object.assign(mouse, { x, y, touch: pointerType === "touch" });
  addEventListener("pointermove", moved, { capture: true, passive: true });
  addEventListener("pointerdown", (event) => {
    if (!$("menu").hidden && !$("menu").contains(event.target)) $("menu").hidden = true;
  });
}

function listenToFilter(store) {
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("filter").addEventListener("input", () => store.setFilter($("filter").value));
  $("clear").onclick = () => {
    $("filter").value = "";
    store.clearSelection();
  };
}

function listenToBar(store, screen) {
  $("studies").onchange = () => {
    store.showStudy(Number($("studies").value));
    forgetOthers(store);
    connect(store);
  };
  $("theme").onclick = () => changeTheme(store, screen);
  $("help").onclick = () => showHelp(store);
  $("axes").onclick = () => axesMenu(store);
  $("save").onclick = () => store.study.about && saveMenu(store, screen);
  $("link").onclick = () => showLink(location.href.split("#")[0] + toHash(store.view));
  $("pause").onclick = () => store.steer(store.study.about.paused ? "/resume" : "/pause");
  $("limit").onclick = () =>
    askForLimit(store.study.about.max_concurrent, (n) =>
      store.steer("/limit", { max_concurrent: n }),
    );
  $("enqueue").onclick = () => {
    const { study, view } = store;
    const like = view.trial || (study.best && study.best.trial.id);
    askForConfiguration(study, like, (parameters) => store.steer("/enqueue", { parameters }));
  };
}

const keys = {
  "/": (store, screen, event) => {
    event.preventDefault();
    $("filter").focus();
  },
  t: (store, screen) => changeTheme(store, screen),
  "?": (store) => showHelp(store),
  b: (store) => store.study.best && store.openTrial(store.study.best.trial.id),
  s: (store) => {
    const trial = store.view.trial && store.study.trial(store.view.trial);
    if (trial && trial.running && store.maySteer())
      confirmStop(trial, () => store.steer("/stop", { trial: trial.id }));
  },
  Escape: (store) => {
    if (!$("menu").hidden) $("menu").hidden = true;
    else if (store.view.trial) store.openTrial(null);
    else if (!$("clear").hidden) $("clear").click();
  },
};
for (const key of ["j", "k", "ArrowDown", "ArrowUp"])
  keys[key] = (store, screen, event) => event.target.closest("#table") || screen.table.key(event);

function pressed(store, screen, event) {
  const { key, target } = event;
  const inField = target.matches("input, select, textarea");
  if (inField || event.ctrlKey || event.metaKey || event.altKey) {
    if (key === "Escape") target.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  const digit = Number(key);
  if (digit >= 1 && digit <= tabs.length) store.openTab(tabs[digit - 1][0]);
  else if (Object.hasOwn(keys, key)) keys[key](store, screen, event);
}
