// The observations of a trial: columns, in order of arrival until they are sorted.
export class Curve {
  constructor() {
    this.length = 0;
    this.iterations = new Float64Array(8);
    this.objectives = new Float64Array(8);
    this.attempts = new Uint32Array(8);
    this.metrics = new Map();
    this.sorted = true;
  }

  push(iteration, objective, attempt) {
    if (this.length === this.iterations.length) this.grow();
    const at = this.length++;
    if (at > 0 && iteration < this.iterations[at - 1]) this.sorted = false;
    this.iterations[at] = iteration;
    this.objectives[at] = objective;
    this.attempts[at] = attempt;
    for (const column of this.metrics.values()) column[at] = NaN;
  }

  grow() {
    const wider = (old, Kind) => {
      const out = new Kind(old.length * 2);
      out.set(old);
      return out;
    };
    this.iterations = wider(this.iterations, Float64Array);
    this.objectives = wider(this.objectives, Float64Array);
    this.attempts = wider(this.attempts, Uint32Array);
    for (const [name, column] of this.metrics) this.metrics.set(name, wider(column, Float64Array));
  }

  set(name, value) {
    let column = this.metrics.get(name);
    if (!column) {
      column = new Float64Array(this.iterations.length).fill(NaN);
      this.metrics.set(name, column);
    }
    column[this.length - 1] = value;
  }

  // Drops what earlier attempts reported at this iteration and later ones.
  withdraw(from, attempt) {
    let kept = 0;
    for (let i = 0; i < this.length; ++i) {
      if (this.attempts[i] < attempt && this.iterations[i] >= from) continue;
      this.iterations[kept] = this.iterations[i];
      this.objectives[kept] = this.objectives[i];
      this.attempts[kept] = this.attempts[i];
      for (const column of this.metrics.values()) column[kept] = column[i];
      ++kept;
    }
    this.length = kept;
    this.sort();
  }

  sort() {
    const order = Array.from({ length: this.length }, (_, i) => i).sort(
      (a, b) => this.iterations[a] - this.iterations[b],
    );
    const columns = [this.iterations, this.objectives, this.attempts, ...this.metrics.values()];
    for (const column of columns) {
      const old = column.slice(0, this.length);
      for (let i = 0; i < this.length; ++i) column[i] = old[order[i]];
    }
    this.sorted = true;
  }

  column(metric) {
    if (!this.sorted) this.sort();
    return metric === "" ? this.objectives : this.metrics.get(metric);
  }
}
