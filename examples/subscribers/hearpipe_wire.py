"""Reads messages of Hearpipe (docs/wire.md). Needs Python 3 and nothing else.

    python3 hearpipe_wire.py message.bin...          decode files
    python3 listen.py nats://TOKEN@127.0.0.1:4222 'hearpipe.*.*.spikes'      see listen.py

decode(bytes) gives a dict: kind, start, end, rate, first, channels, last, run, seq, and at/cell (spikes) or frames.
"""
import json
import struct
import sys


def decode(b):
    if b[:1] == b"{":
        return json.loads(b)
    magic, version, kind, flags, width, run, seq, start, end, rate, first, channels, count, head = struct.unpack_from("<4sBBBBQQqqdIIII", b)
    if magic != b"HPIP" or version != 1:
        raise ValueError("not a message of this version")
    m = {"kind": {1: "spikes", 2: "frames"}[kind], "run": "%x" % run, "seq": seq, "start": start, "end": end,
         "last": bool(flags & 1), "rate": rate, "first": first, "channels": channels}
    if kind == 1:
        pairs = struct.unpack_from("<%dI" % (2 * count), b, head)
        m["at"], m["cell"] = [start + t for t in pairs[0::2]], list(pairs[1::2])
    else:
        x = struct.unpack_from("<%d%s" % (count * channels, {4: "f", 8: "d"}[width]), b, head)
        m["frames"] = [list(x[i:i + channels]) for i in range(0, len(x), channels)]
    return m


def text(m):
    """One line for people."""
    if "hpip" in m and not ("at" in m or "frames" in m):  # an info: JSON that is read as it is
        return json.dumps(m, separators=(",", ":"))
    if m["kind"] == "spikes":
        body = ["%d/%d" % p for p in zip(m["at"], m["cell"])]
    else:
        body = ["[%s]" % " ".join(repr(x).removesuffix(".0") for x in f) for f in m["frames"]]
    return "%s %d:%d of %d from %d at %g Hz%s: %s" % (
        m["kind"], m["start"], m["end"], m["channels"], m["first"], m["rate"], " last" if m["last"] else "", " ".join(body))


if __name__ == "__main__":
    for path in sys.argv[1:]:
        with open(path, "rb") as f:
            print(text(decode(f.read())))
