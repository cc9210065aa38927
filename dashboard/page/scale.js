// From values to places and back, and how numbers are written.

export function linear([low, high], [from, to]) {
  if (!(high > low)) {
    low -= Math.abs(low) * 0.05 || 0.5;
    high += Math.abs(high) * 0.05 || 0.5;
  }
  const place = (x) => from + ((x - low) / (high - low)) * (to - from);
  place.invert = (y) => low + ((y - from) / (to - from)) * (high - low);
  place.ticks = (count) => linearTicks(low, high, count);
  place.domain = [low, high];
  place.kind = "linear";
  return place;
}

// A logarithmic scale shows values that are not above zero only where its `none` is set.
export function log([low, high], range) {
  if (!(low > 0)) return linear([low, high], range);
  if (!(high > low)) [low, high] = [low / 2, high * 2];
  const inner = linear([Math.log(low), Math.log(high)], range);
  const place = (x) => (x <= 0 && place.none !== undefined ? place.none : inner(Math.log(x)));
  place.invert = (y) => Math.exp(inner.invert(y));
  place.ticks = (count) => logTicks(low, high, count);
  place.domain = [low, high];
  place.kind = "log";
  return place;
}

// A logarithmic scale of these values, robust against outliers, with a strip at its end for those
// not above zero.
export function logOf(values, keep, [bottom, top]) {
  const above = values.filter((x) => x > 0);
  const rest = above.length < values.length && values.some((x) => x <= 0);
  const place = log(
    above.length
      ? robustRange(
          above,
          keep.filter((x) => x > 0),
        )
      : [1, 10],
    [rest ? bottom - 18 : bottom, top],
  );
  if (rest) place.none = bottom - 7;
  return place;
}

// Each category in the middle of its share.
export function categories(names, [from, to]) {
  const index = new Map(names.map((name, i) => [name, i]));
  const step = (to - from) / Math.max(1, names.length);
  const place = (x) => (index.has(x) ? from + (index.get(x) + 0.5) * step : NaN);
  place.invert = (y) =>
    names[Math.min(names.length - 1, Math.max(0, Math.floor((y - from) / step)))];
  place.ticks = () => names;
  place.domain = names;
  place.step = Math.abs(step);
  place.kind = "categories";
  return place;
}

export function linearTicks(low, high, count) {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [low];
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= rough * 0.999);
  const out = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; ++i)
    out.push(Number((i * step).toPrecision(12)));
  return out;
}

export function logTicks(low, high, count) {
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.ceil(Math.log10(high) - 1e-9);
  const decades = last - first;
  const out = [];
  const factors = decades * 3 <= count ? [1, 2, 5] : [1];
  const stride = Math.max(1, Math.ceil(decades / Math.max(1, count)));
  for (let e = first; e <= last; e += stride)
    for (const f of factors) {
      const x = Number((f * 10 ** e).toPrecision(12));
      if (x >= low * 0.9999 && x <= high * 1.0001) out.push(x);
    }
  return out.length >= 2 ? out : linearTicks(low, high, count);
}

// As short as it can be said at this precision.
export function format(x, digits = 4) {
  if (x === null || x === undefined) return "";
  if (typeof x === "boolean") return x ? "true" : "false";
  if (Array.isArray(x)) return "[" + x.map((one) => format(one, digits)).join(", ") + "]";
  if (typeof x !== "number") return String(x);
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (Number.isInteger(x) && size < 1e7) return String(x).replace("-", "−");
  const short =
    size >= 1e-3 && size < 1e6
      ? String(Number(x.toPrecision(digits)))
      : x
          .toExponential(Math.max(0, digits - 2))
          .replace(/\.?0+e/, "e")
          .replace("e+", "e");
  return short.replace(/-/g, "−");
}

export function duration(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 10) return seconds.toFixed(1) + " s";
  if (seconds < 60) return Math.round(seconds) + " s";
  const whole = Math.round(seconds);
  const two = (n) => String(n).padStart(2, "0");
  if (whole < 3600) return Math.floor(whole / 60) + ":" + two(whole % 60);
  return (
    Math.floor(whole / 3600) + ":" + two(Math.floor((whole % 3600) / 60)) + ":" + two(whole % 60)
  );
}

// The range of the values without outliers: those more than three standard deviations from the
// mean, removed repeatedly, because a huge one hides the others. Includes the values to `keep`.
export function robustRange(values, keep = []) {
  let kept = values.filter(Number.isFinite);
  if (kept.length === 0) return [0, 1];
  for (let round = 0; round < 12; ++round) {
    let sum = 0;
    for (const x of kept) sum += x;
    const mean = sum / kept.length;
    let squares = 0;
    for (const x of kept) squares += (x - mean) ** 2;
    const most = 3 * Math.sqrt(squares / kept.length);
    const next = kept.filter((x) => Math.abs(x - mean) <= most);
    if (next.length === kept.length || next.length === 0 || !Number.isFinite(most)) break;
    kept = next;
  }
  let low = Infinity;
  let high = -Infinity;
  for (const list of [kept, keep])
    for (const x of list)
      if (Number.isFinite(x)) {
        if (x < low) low = x;
        if (x > high) high = x;
      }
  return [low, high];
}
