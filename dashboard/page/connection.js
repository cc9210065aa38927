// The web socket to the coordinator: follows the feed, asks questions, reconnects by itself.
const shortest = 250; // milliseconds before it tries again, at first
const longest = 5000;
const longestAfterTheEnd = 60000; // a restart is no longer expected
const steady = 3000; // a connection that held as long as this was a good one

export class Connection {
  // `handlers`: greeting(message), frame(buffer), state("connecting" | "open" | "lost" |
  // "refused"), broken(error): a message could not be taken; it is requested again.
  constructor(index, known, handlers) {
    this.index = index;
    this.known = known; // () => ({ uuid, number, ended })
    this.handlers = handlers;
    this.asked = new Map();
    this.next = 1;
    this.wait = shortest;
    // Who looks at the page again wants to see how it is.
    this.look = () => document.visibilityState === "visible" && this.waits && this.open();
    document.addEventListener("visibilitychange", this.look);
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    this.waits = false;
    const { uuid, number } = this.known();
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const query = `study=${this.index}&after=${number}&uuid=${encodeURIComponent(uuid)}`;
    this.handlers.state("connecting");
    const socket = new WebSocket(`${scheme}//${location.host}/api/v1/feed?${query}`);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    let greeted = 0;
    const take = (data) => {
      if (typeof data !== "string") return this.handlers.frame(data);
      const message = JSON.parse(data);
      if ("reply" in message) {
        const done = this.asked.get(message.reply);
        this.asked.delete(message.reply);
        return done && done(message);
      }
      greeted = performance.now();
      this.handlers.state("open");
      this.handlers.greeting(message);
    };
    socket.onmessage = ({ data }) => {
      try {
        take(data);
      } catch (error) {
        socket.onmessage = null; // what follows rests on it
        socket.close();
        this.handlers.broken(error);
      }
    };
    socket.onclose = () => {
      for (const done of this.asked.values())
        done({ status: 0, body: { detail: "the connection was lost" } });
      this.asked.clear();
      if (this.closed) return;
      this.failures = greeted ? 0 : (this.failures || 0) + 1;
      if (greeted && performance.now() - greeted > steady) this.wait = shortest;
      this.handlers.state(this.failures > 2 && !uuid ? "refused" : "lost");
      this.waits = true;
      this.timer = setTimeout(() => this.open(), this.wait);
      this.wait = Math.min(this.wait * 1.6, this.known().ended ? longestAfterTheEnd : longest);
    };
  }

  // Asks what stands below /api/v1/study; resolves to {status, body}.
  ask(method, path, body) {
    return new Promise((done) => {
      if (this.socket.readyState !== WebSocket.OPEN)
        return done({ status: 0, body: { detail: "there is no connection to the study" } });
      const ask = this.next++;
      this.asked.set(ask, done);
      this.socket.send(
        JSON.stringify({ ask, method, path, ...(body === undefined ? {} : { body }) }),
      );
    });
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.look);
    this.socket.close();
  }
}
