// When the page is drawn: with the next frame of the screen, and the more it costs the less often.
const shortest = 60; // milliseconds between two drawings
const longest = 1500;
const catchingUp = 700; // while the past is still arriving, a look now and then is enough

export class Pace {
  // `draw(dirty)` gets the set of what has changed; `isBehind()`: the past is still arriving.
  constructor(draw, isBehind) {
    this.draw = draw;
    this.isBehind = isBehind;
    this.dirty = new Set();
    this.cost = 0;
  }

  touch(what) {
    this.dirty.add(what);
    if (this.timer) return;
    this.timer = setTimeout(() => requestAnimationFrame(() => this.run()), this.pause());
  }

  pause() {
    if (this.isBehind() && this.last) return catchingUp;
    const due = (this.last || 0) + Math.min(longest, Math.max(shortest, this.cost * 6));
    return Math.max(0, due - performance.now());
  }

  run() {
    this.timer = null;
    const begin = performance.now();
    const { dirty } = this;
    this.dirty = new Set();
    if (!this.draw(dirty)) return;
    this.last = performance.now();
    this.cost = this.last - begin;
  }
}

// Calls `act` at most once a second.
export function seldom(act) {
  let last = 0;
  let timer = null;
  const call = () => {
    const now = performance.now();
    if (now - last >= 1000) {
      last = now;
      return act();
    }
    timer ??= setTimeout(() => {
      timer = null;
      call();
    }, 1000);
  };
  return call;
}
