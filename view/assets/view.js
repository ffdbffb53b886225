// The page of a run: pictures come as columns of bytes over a web socket, facts as JSON.
const token = new URLSearchParams(location.search).get("token") ?? "";
const $ = (id) => document.getElementById(id);
const seconds = 10; // that a picture shows
const span = 60; // dB that a picture of levels shows below its maximum

// colours of a picture, dark to light
const anchors = [[10, 11, 20], [53, 16, 92], [130, 37, 105], [206, 68, 70], [250, 143, 50], [251, 226, 130], [255, 255, 240]];
const colours = new Uint32Array(256);
for (let i = 0; i < 256; i++) {
  const x = (i / 255) * (anchors.length - 1), k = Math.min(Math.floor(x), anchors.length - 2), f = x - k;
  const c = anchors[k].map((a, j) => Math.round(a + f * (anchors[k + 1][j] - a)));
  colours[i] = (255 << 24) | (c[2] << 16) | (c[1] << 8) | c[0];
}

function element(tag, properties = {}, ...children) {
  const e = Object.assign(document.createElement(tag), properties);
  e.append(...children);
  return e;
}

const frequency = (f) => (f >= 1000 ? `${+(f / 1000).toPrecision(3)} kHz` : `${Math.round(f)} Hz`);
const duration = (t) => (t < 1e-3 ? `${Math.round(t * 1e6)} µs` : t < 1 ? `${+(t * 1e3).toPrecision(3)} ms` : `${+t.toPrecision(4)} s`);
const count = (n) => Math.round(n).toLocaleString("en");

// Picture scrolls columns of a bank or a raster.
class Picture {
  constructor(p, hello) {
    Object.assign(this, p);
    this.dB = hello.steps;
    this.width = Math.ceil(seconds * p.columns);
    this.ring = new OffscreenCanvas(this.width, p.rows);
    this.paint = this.ring.getContext("2d");
    this.paint.fillStyle = "#0a0b14";
    this.paint.fillRect(0, 0, this.width, p.rows);
    this.top = p.kind === "bank" ? 0 : 1;
    this.next = 0; // column
    const cells = p.kind === "raster";
    this.canvas = element("canvas");
    this.note = element("span");
    const what = `${count(p.channels)} ${cells ? "cells" : "channels"}, ${frequency(p.rate)}`;
    $("pictures").append(element("figure", {}, element("figcaption", {}, element("span", {}, element("b", { textContent: p.name }), ` ${what}`), this.note), this.canvas));
    this.canvas.dataset.picture = p.name;
  }

  add(first, columns, bytes) {
    if (first < this.next - this.width) this.next = first;
    for (let at = this.next; at < first && at < this.next + this.width; at++) this.clear(at); // what was dropped
    const image = this.paint.createImageData(1, this.rows), pixels = new Uint32Array(image.data.buffer);
    for (let k = 0; k < columns; k++) {
      let max = 0;
      const from = k * this.rows;
      for (let r = 0; r < this.rows; r++) max = Math.max(max, bytes[from + r]);
      // The contrast follows the loudest of what is shown, and falls back slowly, but never so far that silence has a colour.
      this.top = this.kind === "bank" ? Math.max(max, this.top - 0.02 * this.dB, span * this.dB) : Math.max(max, this.top - 0.002, 1);
      for (let r = 0; r < this.rows; r++) {
        const v = bytes[from + r];
        const x = this.kind === "bank" ? 1 + (v - this.top) / (span * this.dB) : v === 0 ? 0 : 0.45 + 0.55 * v / this.top;
        pixels[this.rows - 1 - r] = colours[Math.max(0, Math.min(255, Math.round(255 * x)))];
      }
      this.paint.putImageData(image, (first + k) % this.width, 0);
    }
    this.next = first + columns;
    this.dirty = true;
  }

  clear(at) {
    this.paint.fillStyle = "#303440";
    this.paint.fillRect(at % this.width, 0, 1, this.rows);
  }

  draw() {
    const scale = window.devicePixelRatio || 1;
    const w = Math.round(this.canvas.clientWidth * scale);
    const h = Math.round(Math.max(180, Math.min(320, this.rows * 2)) * scale);
    if (!this.dirty && this.canvas.width === w) return;
    this.dirty = false;
    if (this.canvas.width !== w || this.canvas.height !== h) [this.canvas.width, this.canvas.height] = [w, h];
    const c = this.canvas.getContext("2d");
    const left = 58 * scale, bottom = 20 * scale, width = w - left, height = h - bottom;
    c.imageSmoothingEnabled = false;
    c.fillStyle = "#1d2026";
    c.fillRect(0, 0, w, h);
    // The oldest column of the ring is the next one to be written.
    const cut = this.next % this.width, x = (width * (this.width - cut)) / this.width;
    c.drawImage(this.ring, cut, 0, this.width - cut, this.rows, left, 0, x, height);
    if (cut > 0) c.drawImage(this.ring, 0, 0, cut, this.rows, left + x, 0, width - x, height);
    c.fillStyle = "#98a1b0";
    c.font = `${11 * scale}px system-ui, sans-serif`;
    c.textBaseline = "middle";
    c.textAlign = "right";
    const ticks = Math.min(5, this.rows);
    for (let i = 0; i < ticks; i++) {
      const r = ticks === 1 ? 0 : Math.round((i * (this.rows - 1)) / (ticks - 1));
      const y = Math.max(7 * scale, Math.min(height - 7 * scale, height * (1 - (r + 0.5) / this.rows)));
      const label = this.cf ? frequency(this.cf[r]) : String(this.first + Math.floor((r * this.channels) / this.rows));
      c.fillText(label, left - 6 * scale, y);
    }
    c.textAlign = "center";
    const end = this.next / this.columns;
    for (let t = Math.ceil(end - seconds); t <= end; t++) {
      const px = left + width * (1 - (end - t) / seconds);
      if (t >= 0 && px > left + 14 * scale && px < w - 14 * scale) c.fillText(`${t} s`, px, h - bottom / 2);
    }
    this.note.textContent = this.kind === "bank" ? `up to ${Math.round(this.top / this.dB + hello.floor)} dB, ${span} dB shown` : "";
  }
}

// Meter shows levels of channels.
class Meter {
  constructor(p, hello) {
    Object.assign(this, p);
    this.hello = hello;
    this.lines = [];
    for (let c = 0; c < p.rows / 2; c++) {
      const bar = element("div", { className: "bar" }), peak = element("div", { className: "peak" }), value = element("span");
      $("meters").append(element("div", { className: "meter" }, element("span", { textContent: p.rows > 2 ? `${c}` : "" }), element("div", { className: "track" }, bar, peak), value));
      this.lines.push({ bar, peak, value, held: 0 });
    }
    $("levels").hidden = false;
    $("levels").firstChild.textContent = `Level of ${p.name}`;
  }

  add(first, columns, bytes) {
    for (let k = 0; k < columns; k++) {
      this.lines.forEach((l, c) => {
        l.rms = bytes[k * this.rows + 2 * c];
        l.held = Math.max(bytes[k * this.rows + 2 * c + 1], l.held - 1.5);
      });
    }
  }

  draw() {
    for (const l of this.lines) {
      if (l.rms === undefined) continue;
      const percent = (b) => `${Math.max(0, Math.min(100, (100 * b) / (130 * this.hello.steps)))}%`;
      l.bar.style.setProperty("--level", percent(l.rms));
      l.peak.style.left = percent(l.held);
      l.value.textContent = l.rms === 0 ? "silent" : `${(l.rms / this.hello.steps + this.hello.floor).toFixed(1)} dB`;
    }
  }
}

let hello, shown = [];

function greet(h) {
  hello = h;
  document.title = `${h.title} – Hearpipe`;
  $("title").textContent = h.title;
  $("pictures").replaceChildren();
  $("meters").replaceChildren();
  shown = h.pictures.map((p) => (p.kind === "level" ? new Meter(p, h) : new Picture(p, h)));
  state("live", "live");
  parameters();
}

function state(name, text) {
  $("state").dataset.state = name;
  $("state").textContent = text;
}

function columns(buffer) {
  const v = new DataView(buffer);
  const picture = shown[v.getUint8(1)];
  if (v.getUint8(0) === 1 && picture) picture.add(Number(v.getBigInt64(8, true)), v.getUint32(4, true), new Uint8Array(buffer, 16));
}

function facts(m) {
  $("time").textContent = duration(m.seconds);
  $("speed").textContent = m.speed > 0 ? `${+m.speed.toPrecision(3)} ×` : "–";
  $("block").textContent = m.p50 > 0 ? `${duration(m.p50)}, ${duration(m.p99)}` : "–";
  $("lag").textContent = m.lag === undefined ? "–" : duration(Math.max(0, m.lag));
  $("lag").classList.toggle("bad", m.lag > 0.2);
  $("rate").textContent = m.rate === undefined ? "–" : `${count(m.rate)} /s`;
  $("dropped").textContent = count(m.dropped + m.undrawn);
  $("dropped").title = `${count(m.dropped)} frames, spikes and messages of the run; ${count(m.undrawn)} columns that a page did not take in time`;
  $("dropped").classList.toggle("bad", m.dropped + m.undrawn > 0);
  if (m.stages) {
    $("stages").hidden = false;
    $("costs").replaceChildren(...m.stages.map((s) => element("div", { className: "cost" }, element("span", { textContent: s.name }), element("span", { textContent: `${(100 * s.share).toFixed(1)} %` }))));
  }
}

async function ask(path, options = {}) {
  const r = await fetch(`${path}?token=${encodeURIComponent(token)}`, options);
  const text = await r.text();
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error(text.trim() || `status ${r.status}`);
  }
  if (!r.ok) throw new Error(answer.error ?? `status ${r.status}`);
  return answer;
}

async function parameters() {
  const list = await ask("api/parameters").catch(() => null);
  if (!list?.length) return;
  $("parameters").hidden = false;
  const inputs = [], rows = [], fixed = [];
  for (const p of list) {
    if (p.fixed) {
      fixed.push(element("p", { textContent: `${p.name} = ${p.value}`, title: p.fixed }));
      continue;
    }
    const input = element("input", { name: p.name, value: p.value, id: `set-${p.name}`, autocomplete: "off", title: `changes ${(p.uses ?? []).join(", ")}` });
    input.dataset.held = p.value;
    input.addEventListener("input", () => {
      input.classList.toggle("changed", input.value !== input.dataset.held);
      button.disabled = !inputs.some((i) => i.value !== i.dataset.held);
    });
    inputs.push(input);
    rows.push(element("label", { htmlFor: input.id, textContent: p.name }), input);
  }
  const button = element("button", { textContent: "change", disabled: true, hidden: inputs.length === 0 });
  if (fixed.length) rows.push(element("details", {}, element("summary", { textContent: `${fixed.length} that cannot change while it runs` }), ...fixed));
  $("form").replaceChildren(...rows.slice(0, 2 * inputs.length), button, ...rows.slice(2 * inputs.length));
  $("form").onsubmit = async (event) => {
    event.preventDefault();
    const set = {};
    for (const i of inputs) if (i.value !== i.dataset.held) set[i.name] = i.value;
    if (!Object.keys(set).length) return;
    button.disabled = true;
    try {
      const a = await ask("api/set", { method: "POST", body: JSON.stringify({ set }), headers: { "Content-Type": "application/json" } });
      tell(`holds from sample ${count(a.at)} (${duration(a.at / a.rate)}) on`);
      for (const i of inputs) {
        if (!(i.name in set)) continue;
        i.dataset.held = set[i.name];
        i.classList.toggle("changed", i.value !== i.dataset.held);
      }
    } catch (e) {
      tell(e.message, true);
    }
    button.disabled = !inputs.some((i) => i.value !== i.dataset.held);
  };
}

function tell(text, bad = false) {
  $("answer").textContent = text;
  $("answer").classList.toggle("bad", bad);
}

// changed shows what somebody else has changed.
function changed(m) {
  for (const [name, value] of Object.entries(m.set)) {
    const i = $("form").elements.namedItem(name);
    if (!i || i.dataset.held === value) continue;
    if (i.value === i.dataset.held) i.value = value;
    i.dataset.held = value;
    i.classList.toggle("changed", i.value !== value);
  }
  tell(`${Object.entries(m.set).map(([n, v]) => `${n} = ${v}`).join(", ")} from sample ${count(m.at)} (${duration(m.at / m.rate)}) on`);
}

let ended = false;

function connect() {
  const s = new WebSocket(`ws://${location.host}/ws?token=${encodeURIComponent(token)}`);
  s.binaryType = "arraybuffer";
  s.onmessage = (event) => {
    if (typeof event.data !== "string") return columns(event.data);
    const m = JSON.parse(event.data);
    if (m.type === "hello") greet(m);
    else if (m.type === "facts") facts(m);
    else if (m.type === "changed") changed(m);
    else if (m.type === "ended") {
      ended = true;
      state("ended", m.text);
    }
  };
  s.onclose = () => {
    if (ended) return;
    state("lost", "no connection");
    setTimeout(connect, 1000);
  };
}

function draw() {
  for (const p of shown) p.draw();
  requestAnimationFrame(draw);
}

connect();
draw();
