// Reads messages of Hearpipe (docs/wire.md), in browsers and in Node.js.
//
//   node hearpipe-wire.mjs message.bin...      decode files
//
// decode(Uint8Array) gives an object: kind, start, end, rate, first, channels, last, run, seq, and at/cell (spikes) or
// frames. With nats.js: for await (const m of nc.subscribe("hearpipe.*.*.spikes")) console.log(text(decode(m.data)));

export function decode(bytes) {
  if (bytes[0] === 0x7b) return JSON.parse(new TextDecoder().decode(bytes));
  const v = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (v.getUint32(0) !== 0x48504950 || v.getUint8(4) !== 1) throw new Error("not a message of this version");
  const kind = v.getUint8(5), width = v.getUint8(7);
  const count = v.getUint32(56, true), head = v.getUint32(60, true);
  const m = {
    kind: kind === 1 ? "spikes" : "frames", run: v.getBigUint64(8, true).toString(16), seq: Number(v.getBigUint64(16, true)),
    start: Number(v.getBigInt64(24, true)), end: Number(v.getBigInt64(32, true)), last: (v.getUint8(6) & 1) === 1,
    rate: v.getFloat64(40, true), first: v.getUint32(48, true), channels: v.getUint32(52, true),
  };
  if (kind === 1) {
    m.at = Array.from({ length: count }, (_, i) => m.start + v.getUint32(head + 8 * i, true));
    m.cell = Array.from({ length: count }, (_, i) => v.getUint32(head + 8 * i + 4, true));
  } else {
    const at = (i) => (width === 8 ? v.getFloat64(head + 8 * i, true) : v.getFloat32(head + 4 * i, true));
    m.frames = Array.from({ length: count }, (_, i) => Array.from({ length: m.channels }, (_, c) => at(i * m.channels + c)));
  }
  return m;
}

// text is one line for people.
export function text(m) {
  if (m.hpip && !m.at && !m.frames) return JSON.stringify(m); // an info: JSON that is read as it is
  const number = (x) => String(x).replace("Infinity", "inf");
  const body = m.kind === "spikes" ? m.at.map((t, i) => `${t}/${m.cell[i]}`) : m.frames.map((f) => `[${f.map(number).join(" ")}]`);
  return `${m.kind} ${m.start}:${m.end} of ${m.channels} from ${m.first} at ${m.rate} Hz${m.last ? " last" : ""}: ${body.join(" ")}`;
}

if (typeof process !== "undefined" && process.argv[1] === (await import("node:url")).fileURLToPath(import.meta.url)) {
  const { readFileSync } = await import("node:fs");
  for (const path of process.argv.slice(2)) console.log(text(decode(readFileSync(path))));
}
