// Reads msgpack (https://msgpack.org), as far as the feed uses it. Binaries are views of the
// buffer.
const utf8 = new TextDecoder();
const deepest = 32; // lists and maps within one another

// Throws RangeError for what is not one value of msgpack.
export function decode(buffer) {
  const reader = new Reader(buffer);
  const out = reader.value();
  if (reader.at !== reader.bytes.length) throw new RangeError("data after the end of a frame");
  return out;
}

class Reader {
  constructor(buffer) {
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.at = 0;
    this.depth = 0;
  }

  value() {
    const lead = this.bytes[this.take(1)];
    if (lead < 0x80) return lead;
    if (lead < 0x90) return this.map(lead & 0x0f);
    if (lead < 0xa0) return this.list(lead & 0x0f);
    if (lead < 0xc0) return this.text(lead & 0x1f);
    if (lead >= 0xe0) return lead - 256;
    const read = readers[lead - 0xc0];
    if (!read) throw new RangeError("invalid msgpack: 0x" + lead.toString(16));
    return read(this);
  }

  take(size) {
    if (this.at + size > this.bytes.length) throw new RangeError("a frame ends too early");
    this.at += size;
    return this.at - size;
  }

  uint(size) {
    const from = this.take(size);
    if (size === 1) return this.view.getUint8(from);
    if (size === 2) return this.view.getUint16(from);
    if (size === 4) return this.view.getUint32(from);
    return Number(this.view.getBigUint64(from));
  }

  int(size) {
    const from = this.take(size);
    if (size === 1) return this.view.getInt8(from);
    if (size === 2) return this.view.getInt16(from);
    if (size === 4) return this.view.getInt32(from);
    return Number(this.view.getBigInt64(from));
  }

  text(size) {
    return utf8.decode(this.binary(size));
  }

  binary(size) {
    const from = this.take(size);
    return this.bytes.subarray(from, from + size);
  }

  list(size) {
    this.enter(size);
    const out = [];
    for (let i = 0; i < size; ++i) out.push(this.value());
    --this.depth;
    return out;
  }

  map(size) {
    this.enter(size);
    const out = Object.create(null);
    for (let i = 0; i < size; ++i) {
      const key = this.value();
      if (typeof key !== "string") throw new RangeError("a name that is not a text");
      out[key] = this.value();
    }
    --this.depth;
    return out;
  }

  enter(size) {
    if (size > this.bytes.length - this.at)
      throw new RangeError("a list or map longer than its frame");
    if (++this.depth > deepest) throw new RangeError("lists nested too deeply");
  }
}

// By the byte that a value begins with, from 0xc0.
const readers = [
  () => null, // 0xc0
  null,
  () => false,
  () => true,
  (r) => r.binary(r.uint(1)), // 0xc4
  (r) => r.binary(r.uint(2)),
  (r) => r.binary(r.uint(4)),
  null, // 0xc7: extensions
  null,
  null,
  (r) => r.view.getFloat32(r.take(4)), // 0xca
  (r) => r.view.getFloat64(r.take(8)),
  (r) => r.uint(1), // 0xcc
  (r) => r.uint(2),
  (r) => r.uint(4),
  (r) => r.uint(8),
  (r) => r.int(1), // 0xd0
  (r) => r.int(2),
  (r) => r.int(4),
  (r) => r.int(8),
  null, // 0xd4: extensions
  null,
  null,
  null,
  null,
  (r) => r.text(r.uint(1)), // 0xd9
  (r) => r.text(r.uint(2)),
  (r) => r.text(r.uint(4)),
  (r) => r.list(r.uint(2)), // 0xdc
  (r) => r.list(r.uint(4)),
  (r) => r.map(r.uint(2)), // 0xde
  (r) => r.map(r.uint(4)),
];

// A column of numbers, least significant byte first, out of a binary that may begin anywhere.
export const uint32s = (binary) => new Uint32Array(binary.slice().buffer);
export const float64s = (binary) => new Float64Array(binary.slice().buffer);
