// The web socket to the coordinator: greets, follows, asks, and comes back by itself.

export class Connection {
  // `handlers`: greeting(message), frame(buffer), state("connecting" | "open" | "lost" | "refused").
  constructor(index, known, handlers) {
    this.index = index;
    this.known = known; // () => ({ uuid, number })
    this.handlers = handlers;
    this.asked = new Map();
    this.next = 1;
    this.wait = 250;
    this.open();
  }

  open() {
    const { uuid, number } = this.known();
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const query = `study=${this.index}&after=${number}&uuid=${encodeURIComponent(uuid)}`;
    this.handlers.state("connecting");
    const socket = new WebSocket(`${scheme}//${location.host}/api/v1/feed?${query}`);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    let greeted = false;
    socket.onmessage = ({ data }) => {
      if (typeof data !== "string") return this.handlers.frame(data);
      const message = JSON.parse(data);
      if ("reply" in message) {
        const done = this.asked.get(message.reply);
        this.asked.delete(message.reply);
        return done && done(message);
      }
      greeted = true;
      this.wait = 250;
      this.handlers.state("open");
      this.handlers.greeting(message);
    };
    socket.onclose = () => {
      for (const done of this.asked.values()) done({ status: 0, body: { detail: "the connection was lost" } });
      this.asked.clear();
      if (this.closed) return;
      this.failures = greeted ? 0 : (this.failures || 0) + 1;
      this.handlers.state(this.failures > 2 && !uuid ? "refused" : "lost");
      this.timer = setTimeout(() => this.open(), this.wait);
      this.wait = Math.min(this.wait * 1.6, 5000);
    };
  }

  // Asks what stands below /api/v1/study; resolves to {status, body}.
  ask(method, path, body) {
    return new Promise((done) => {
      if (this.socket.readyState !== WebSocket.OPEN) return done({ status: 0, body: { detail: "there is no connection to the study" } });
      const ask = this.next++;
      this.asked.set(ask, done);
      this.socket.send(JSON.stringify({ ask, method, path, ...(body === undefined ? {} : { body }) }));
    });
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket.close();
  }
}
