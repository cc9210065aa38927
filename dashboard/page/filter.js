// Expressions that select trials: `lr < 0.01 and (act == relu or not failed) and objective >= 0.9`.
// They are parsed here, never run as code.

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
const special = {
  id: "#id",
  trial: "#id",
  objective: "#objective",
  status: "#status",
  iteration: "#iteration",
  worker: "#worker",
  duration: "#duration",
};

const quote = (text) => "“" + text + "”";
const show = (x) => (Array.isArray(x) ? JSON.stringify(x) : String(x));

// Compiles an expression to a function of a trial. `names` may stand on the left; `valueOf(trial,
// name)` gives their values. Throws SyntaxError.
export function compile(text, names, valueOf) {
  return text.trim() === "" ? () => true : new Parser(read(text), names, valueOf).parse();
}

class Parser {
  constructor(tokens, names, valueOf) {
    Object.assign(this, { tokens, names, valueOf, at: 0 });
  }

  parse() {
    const out = this.either();
    if (this.at === this.tokens.length) return out;
    const { word, text, sign } = this.peek();
    throw new SyntaxError(quote(word ?? text ?? sign) + " is unexpected; use and, or, not");
  }

  peek() {
    return this.tokens[this.at] || {};
  }

  // Takes a keyword, if it is the next one.
  takeWord(word) {
    const found = (this.peek().word || "").toLowerCase() === word;
    if (found) ++this.at;
    return found;
  }

  either() {
    const terms = [this.both()];
    while (this.takeWord("or")) terms.push(this.both());
    return terms.length === 1 ? terms[0] : (t) => terms.some((term) => term(t));
  }

  both() {
    const terms = [this.not()];
    while (this.takeWord("and")) terms.push(this.not());
    return terms.length === 1 ? terms[0] : (t) => terms.every((term) => term(t));
  }

  not() {
    if (!this.takeWord("not")) return this.one();
    const inner = this.not();
    return (t) => !inner(t);
  }

  one() {
    if (this.peek().sign === "(") return this.group();
    const left = this.tokens[this.at++];
    if (!left) throw new SyntaxError("the expression is incomplete");
    if (left.sign) throw new SyntaxError("unexpected " + quote(left.sign));
    const { sign } = this.peek();
    return !sign || sign === ")" || sign === "(" ? this.state(left) : this.comparison(left);
  }

  group() {
    ++this.at;
    const inner = this.either();
    if (this.peek().sign !== ")") throw new SyntaxError("a ) is missing");
    ++this.at;
    return inner;
  }

  state(left) {
    const state = (left.word || "").toLowerCase();
    if (states.includes(state)) return (t) => this.valueOf(t, "#status") === state;
    this.nameOf(left);
    const name = quote(left.word ?? left.text);
    throw new SyntaxError("after " + name + " comes <, <=, ==, !=, >=, > or ~");
  }

  nameOf(token) {
    const name = token.word ?? token.text;
    if (name === undefined) throw new SyntaxError("a name is missing");
    if (this.names.includes(name)) return name;
    if (this.names.includes("@" + name)) return "@" + name;
    const lower = name.toLowerCase();
    if (Object.hasOwn(special, lower)) return special[lower];
    throw new SyntaxError("there is no " + quote(name));
  }

  comparison(left) {
    const name = this.nameOf(left);
    const { sign } = this.tokens[this.at++];
    const right = this.tokens[this.at++];
    if (!right || right.sign) throw new SyntaxError("a value is missing after " + sign);
    const text = right.word ?? right.text;
    const number = right.word !== undefined && right.word.trim() !== "" ? Number(right.word) : NaN;
    const value = (t) => this.valueOf(t, name);
    const same = (t) => {
      const x = value(t);
      return typeof x === "number" && !Number.isNaN(number) ? x === number : show(x) === text;
    };
    if (sign === "~") return (t) => show(value(t)).toLowerCase().includes(text.toLowerCase());
    if (sign === "=" || sign === "==") return same;
    if (sign === "!=") return (t) => !same(t);
    if (Number.isNaN(number))
      throw new SyntaxError(quote(text) + " is not a number; " + sign + " needs one");
    if (sign === "<") return (t) => value(t) < number;
    if (sign === "<=") return (t) => value(t) <= number;
    if (sign === ">") return (t) => value(t) > number;
    return (t) => value(t) >= number;
  }
}
