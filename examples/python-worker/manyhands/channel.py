"""The two pipes of a child process: messages from the worker, and messages to it."""
import io
import json
import os
import select
import struct
import threading

COMMANDS, ANSWERS = 3, 4


class Inbox:
    """Messages from the parent. Its end means that the parent is gone."""

    def __init__(self):
        self.buffer = bytearray()

    def messages(self, wait):
        """Those that have come; with `wait` at least one. Gives (header, body)."""
        found = []
        while (wait and not found) or select.select([COMMANDS], [], [], 0)[0]:
            chunk = os.read(COMMANDS, 1 << 16)
            if not chunk:
                os._exit(0)
            self.buffer += chunk
            found += self._frames()
        return found

    def _frames(self):
        while len(self.buffer) >= 4:
            (length,) = struct.unpack_from("<I", self.buffer)
            if len(self.buffer) < 4 + length:
                return
            header, _, body = bytes(self.buffer[4 : 4 + length]).partition(b"\n")
            del self.buffer[: 4 + length]
            yield json.loads(header), body


class Outbox:
    """Messages to the parent, each one whole before `send` returns: what only stands in memory dies with the process."""

    def __init__(self):
        self.lock = threading.Lock()

    def send(self, body=b"", **header):
        frame = json.dumps(header).encode() + b"\n" + body
        with self.lock:
            _write_all(ANSWERS, struct.pack("<I", len(frame)) + frame)


def _write_all(descriptor, data):
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


class Output(io.RawIOBase):
    """stdout or stderr of the functions, as messages: so each line bears the label of the very item that wrote it."""

    def __init__(self, child, stream, descriptor):
        self.child, self.stream, self.descriptor, self.owner = child, stream, descriptor, os.getpid()

    def writable(self):
        return True

    def fileno(self):
        return self.descriptor

    def write(self, data):
        if os.getpid() == self.owner:
            self.child.outbox.send(bytes(data), type="output", stream=self.stream, label=self.child.label)
        else:
            # a process that a function has forked: the pipe to the parent is not its own
            _write_all(self.descriptor, data)
        return len(data)
