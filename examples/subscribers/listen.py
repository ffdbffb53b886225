"""Subscribes to spikes or frames of Hearpipe and prints them. Needs Python 3 and nothing else: the few lines of the
NATS protocol that a subscriber speaks are here. In a program of yours use nats-py and hearpipe_wire.decode(msg.data).

    python3 listen.py nats://TOKEN@127.0.0.1:4222 'hearpipe.*.*.spikes'
"""
import json
import socket
import sys
from urllib.parse import urlparse

from hearpipe_wire import decode, text


def messages(url, subject):
    u = urlparse(url)
    s = socket.create_connection((u.hostname, u.port or 4222))
    f = s.makefile("rb")
    f.readline()  # INFO {...}
    opts = {"verbose": False, "pedantic": False, "headers": True, "lang": "python", "version": "1"}
    if u.password:
        opts.update(user=u.username, **{"pass": u.password})
    elif u.username:
        opts["auth_token"] = u.username
    s.sendall(b"CONNECT %s\r\nSUB %s 1\r\nPING\r\n" % (json.dumps(opts).encode(), subject.encode()))
    while line := f.readline().split():
        if line[0] == b"PING":
            s.sendall(b"PONG\r\n")
        elif line[0] == b"-ERR":
            raise ConnectionError(b" ".join(line).decode())
        elif line[0] in (b"MSG", b"HMSG"):
            head = int(line[-2]) if line[0] == b"HMSG" else 0
            body = f.read(int(line[-1]) + 2)[head:-2]
            yield line[1].decode(), body


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    for subject, body in messages(sys.argv[1], sys.argv[2]):
        print(subject, text(decode(body)), flush=True)
