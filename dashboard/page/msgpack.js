// Reads msgpack (https://msgpack.org), as far as the feed uses it. Binaries are views on the bytes that came.
const utf8 = new TextDecoder();
const deepest = 32; // lists and maps within one another

export function decode(buffer) {
  const bytes = new Uint8Array(buffer);
  const view = new DataView(buffer);
  let at = 0;
  const take = (size) => {
    if (at + size > bytes.length) throw new RangeError("a frame ends too early");
    at += size;
    return at - size;
  };
  const uint = (size) => {
    const from = take(size);
    if (size === 1) return view.getUint8(from);
    if (size === 2) return view.getUint16(from);
    if (size === 4) return view.getUint32(from);
    return Number(view.getBigUint64(from));
  };
  const int = (size) => {
    const from = take(size);
    if (size === 1) return view.getInt8(from);
    if (size === 2) return view.getInt16(from);
    if (size === 4) return view.getInt32(from);
    return Number(view.getBigInt64(from));
  };
  const text = (size) => {
    const from = take(size);
    return utf8.decode(bytes.subarray(from, from + size));
  };
  const binary = (size) => {
    const from = take(size);
    return bytes.subarray(from, from + size);
  };
  let depth = 0;
  const enter = () => {
    if (++depth > deepest) throw new RangeError("too many lists within one another");
  };
  const list = (size) => {
    if (size > bytes.length - at) throw new RangeError("a list longer than its frame");
    const out = [];
    enter();
    for (let i = 0; i < size; ++i) out.push(one());
    --depth;
    return out;
  };
  const map = (size) => {
    if (size > bytes.length - at) throw new RangeError("a map longer than its frame");
    const out = Object.create(null);
    enter();
    for (let i = 0; i < size; ++i) {
      const key = one();
      if (typeof key !== "string") throw new RangeError("a name that is no text");
      out[key] = one();
    }
    --depth;
    return out;
  };
  const one = () => {
    const lead = bytes[take(1)];
    if (lead < 0x80) return lead;
    if (lead < 0x90) return map(lead & 0x0f);
    if (lead < 0xa0) return list(lead & 0x0f);
    if (lead < 0xc0) return text(lead & 0x1f);
    if (lead >= 0xe0) return lead - 256;
    switch (lead) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return binary(uint(1));
      case 0xc5:
        return binary(uint(2));
      case 0xc6:
        return binary(uint(4));
      case 0xca:
        return view.getFloat32(take(4));
      case 0xcb:
        return view.getFloat64(take(8));
      case 0xcc:
        return uint(1);
      case 0xcd:
        return uint(2);
      case 0xce:
        return uint(4);
      case 0xcf:
        return uint(8);
      case 0xd0:
        return int(1);
      case 0xd1:
        return int(2);
      case 0xd2:
        return int(4);
      case 0xd3:
        return int(8);
      case 0xd9:
        return text(uint(1));
      case 0xda:
        return text(uint(2));
      case 0xdb:
        return text(uint(4));
      case 0xdc:
        return list(uint(2));
      case 0xdd:
        return list(uint(4));
      case 0xde:
        return map(uint(2));
      case 0xdf:
        return map(uint(4));
    }
    throw new RangeError("no msgpack: 0x" + lead.toString(16));
  };
  const out = one();
  if (at !== bytes.length) throw new RangeError("a frame goes on after its end");
  return out;
}

// A column of numbers, least significant byte first, out of a binary that may begin anywhere.
export const uint32s = (binary) => new Uint32Array(binary.slice().buffer);
export const float64s = (binary) => new Float64Array(binary.slice().buffer);
