// Connects studies with the feeds of their coordinators, or with a report.
import { Connection } from "./connection.js";
import { FrameError } from "./frame.js";
import { Study } from "./study.js";

function follow(index, study, handlers) {
  const known = () => ({
    uuid: study.about ? study.about.uuid : "",
    number: study.number,
    ended: Boolean(study.about && study.about.ended),
  });
  const broken = (error) => {
    console.error(error);
    if (!(error instanceof FrameError)) study.clear(); // part of it may have been taken
  };
  return new Connection(index, known, { ...handlers, broken });
}

export function connect(store) {
  if (store.connection) store.connection.close();
  store.study = new Study();
  store.connection = follow(store.view.study, store.study, {
    greeting: (message) => store.greet(message),
    frame: (buffer) => store.take(buffer),
    state: (state) => store.setState(state),
  });
}

// A page that was saved with all it shows.
export function showReport(store, { greeting, frames, importance }) {
  const detail = "a report has no connection to its study";
  const ask = async (method, path) =>
    path === "/importance" && importance
      ? { status: 200, body: importance }
      : { status: 0, body: { detail } };
  store.report = true;
  store.connection = { ask, close() {} };
  store.greet(greeting);
  for (const frame of frames)
    store.take(Uint8Array.from(atob(frame), (c) => c.charCodeAt(0)).buffer);
  store.setState("open");
}

// The other studies, for comparison.
export function followOthers(store) {
  if (store.report) return;
  store.names.forEach((name, i) => {
    if (i === store.index || store.others.has(i)) return;
    const study = new Study();
    store.others.set(i, study);
    study.connection = follow(i, study, {
      greeting: (message) => {
        study.greet(message);
        store.tell("compared");
      },
      frame: (buffer) => {
        study.take(buffer);
        store.tell("compared");
      },
      state: () => {},
    });
  });
}

export function forgetOthers(store) {
  for (const study of store.others.values()) study.connection.close();
  store.others.clear();
}
