// Expressions that select trials: `lr < 0.01 and (act == relu or not failed) and objective >= 0.9`. Read here, never run as code.

const words =
  /\s*(?:(<=|>=|==|!=|=|<|>|~|\(|\))|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s<>=!~()"']+))/gy;

function read(text) {
  const out = [];
  words.lastIndex = 0;
  while (words.lastIndex < text.trimEnd().length) {
    const at = words.lastIndex;
    const found = words.exec(text);
    if (!found) throw new SyntaxError("cannot read “" + text.slice(at) + "”");
    if (found[1]) out.push({ sign: found[1] });
    else if (found[4] !== undefined) out.push({ word: found[4] });
    else out.push({ text: (found[2] ?? found[3]).replace(/\\(.)/g, "$1") });
  }
  return out;
}

const states = ["running", "waiting", "completed", "failed", "stopped"];

// A function of a trial, or of whatever `valueOf(trial, name)` knows. `names` are those that may stand on the left.
export function compile(text, names, valueOf) {
  if (text.trim() === "") return () => true;
  const tokens = read(text);
  let at = 0;
  const peek = () => tokens[at] || {};
  const isWord = (word) => (peek().word || "").toLowerCase() === word;

  const nameOf = (token) => {
    const name = token.word ?? token.text;
    if (name === undefined) throw new SyntaxError("a name is missing");
    const special = {
      id: "#id",
      trial: "#id",
      objective: "#objective",
      status: "#status",
      iteration: "#iteration",
      worker: "#worker",
      duration: "#duration",
    };
    if (names.includes(name)) return name;
    if (names.includes("@" + name)) return "@" + name;
    if (special[name.toLowerCase()]) return special[name.toLowerCase()];
    throw new SyntaxError("there is no “" + name + "”");
  };
  const either = () => {
    let left = both();
    while (isWord("or")) {
      ++at;
      const a = left;
      const b = both();
      left = (t) => a(t) || b(t);
    }
    return left;
  };
  const both = () => {
    let left = not();
    while (isWord("and")) {
      ++at;
      const a = left;
      const b = not();
      left = (t) => a(t) && b(t);
    }
    return left;
  };
  const not = () => {
    if (!isWord("not")) return one();
    ++at;
    const inner = not();
    return (t) => !inner(t);
  };
  const one = () => {
    if (peek().sign === "(") {
      ++at;
      const inner = either();
      if (peek().sign !== ")") throw new SyntaxError("a ) is missing");
      ++at;
      return inner;
    }
    const left = tokens[at++];
    if (!left) throw new SyntaxError("something is missing at the end");
    if (left.sign) throw new SyntaxError("unexpected “" + left.sign + "”");
    if (!peek().sign || peek().sign === ")" || peek().sign === "(") {
      const state = (left.word || "").toLowerCase();
      if (states.includes(state)) return (t) => valueOf(t, "#status") === state;
      nameOf(left);
      throw new SyntaxError(
        "after “" + (left.word ?? left.text) + "” comes <, <=, ==, !=, >=, > or ~",
      );
    }
    const name = nameOf(left);
    const sign = tokens[at++].sign;
    const right = tokens[at++];
    if (!right || right.sign) throw new SyntaxError("a value is missing after " + sign);
    const text = right.word ?? right.text;
    const number = right.word !== undefined && right.word.trim() !== "" ? Number(right.word) : NaN;
    const shown = (x) => (Array.isArray(x) ? JSON.stringify(x) : String(x));
    const same = (t) => {
      const x = valueOf(t, name);
      return typeof x === "number" && !Number.isNaN(number) ? x === number : shown(x) === text;
    };
    if (sign === "~")
      return (t) => shown(valueOf(t, name)).toLowerCase().includes(text.toLowerCase());
    if (sign === "=" || sign === "==") return same;
    if (sign === "!=") return (t) => !same(t);
    if (Number.isNaN(number))
      throw new SyntaxError("“" + text + "” is no number, and " + sign + " needs one");
    if (sign === "<") return (t) => valueOf(t, name) < number;
    if (sign === "<=") return (t) => valueOf(t, name) <= number;
    if (sign === ">") return (t) => valueOf(t, name) > number;
    return (t) => valueOf(t, name) >= number;
  };

  const out = either();
  if (at < tokens.length)
    throw new SyntaxError(
      "“" +
        (tokens[at].word ?? tokens[at].text ?? tokens[at].sign) +
        "” does not fit; use and, or, not",
    );
  return out;
}
