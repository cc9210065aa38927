// Puts the page together: its state, what draws it, and what people do.
import { listen } from "./controls.js";
import { connect, showReport } from "./feeds.js";
import { axesMenu } from "./menus.js";
import { Screen } from "./screen.js";
import { Store } from "./store.js";
import { preferredTheme, setTheme } from "./theme.js";
import { fromHash, toHash } from "./view.js";

const store = new Store(fromHash(location.hash));
let saving;
store.on("view", () => {
  clearTimeout(saving);
  const save = () => history.replaceState(null, "", toHash(store.view) || location.pathname);
  saving = setTimeout(save, 300);
});
setTheme(store.view.theme || preferredTheme());
const screen = new Screen(store);
listen(store, screen);
globalThis.sherpa = { store, screen, axesMenu: () => axesMenu(store) }; // for tests and benchmarks
if (globalThis.sherpaReport) showReport(store, globalThis.sherpaReport);
else connect(store);
