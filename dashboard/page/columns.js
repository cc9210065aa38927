// The names of columns, wherever parameters and metrics stand beside each other: as results.csv
// calls them (docs/facts.md, "Names of columns").
const fixed = ["Trial-ID", "Status", "Iteration", "Objective", "Further-Metrics"];

// How often the name begins with the prefix, and what follows.
function split(name, prefix) {
  let count = 0;
  for (; name.startsWith(prefix); ++count) name = name.slice(prefix.length);
  return [count, name];
}

// Different names stay different, and none of them is taken.
function prefixed(taken, prefix) {
  const added = new Map();
  for (const name of taken) {
    const [count, rest] = split(name, prefix);
    added.set(rest, Math.max(added.get(rest) ?? 0, count + 1));
  }
  return (name) => prefix.repeat(added.get(split(name, prefix)[1]) ?? 0) + name;
}

// {parameter, metric}: what a column of each is called.
export function columnNames(parameters) {
  const parameter = prefixed(fixed, "parameters.");
  return { parameter, metric: prefixed([...fixed, ...parameters.map(parameter)], "context.") };
}
