"""The life of a child process: it loads the functions, then it runs items and tells what became of them."""
import faulthandler
import hashlib
import importlib.util
import io
import os
import sys
import time
import traceback
from collections import deque

from . import items, registry, task, wire
from .channel import ANSWERS, COMMANDS, Inbox, Outbox, Output

# finished work waits no longer than this before the next item starts, in seconds
BURST = 0.001
MOST_RESULTS, MOST_BYTES = 4096, 256 << 10


class Results:
    """What is finished and has not been told yet."""

    def __init__(self, child, run):
        self.child, self.run = child, run
        self.lines, self.failed, self.bytes = [], [], 0
        self.inside = 0.0
        self.cpu = time.process_time()
        self.sent_at = time.perf_counter()

    def add(self, line, failed, seconds):
        if failed:
            self.failed.append(len(self.lines))
        self.lines.append(line)
        self.bytes += len(line)
        self.inside += seconds

    @property
    def due(self):
        if self.run.header["careful"] or len(self.lines) >= MOST_RESULTS or self.bytes >= MOST_BYTES:
            return True
        return time.perf_counter() - self.sent_at >= BURST

    def tell(self, end=False):
        if not (self.lines or end):
            return
        cpu = time.process_time()
        times = {"itemUs": round(self.inside * 1e6), "cpuUs": round((cpu - self.cpu) * 1e6)}
        body = b"".join(line + b"\n" for line in self.lines)
        self.child.outbox.send(
            body, type="done", run=self.run.header["run"], count=len(self.lines), failed=self.failed, end=end, **times
        )
        self.lines, self.failed, self.bytes, self.inside, self.cpu = [], [], 0, 0.0, cpu
        self.sent_at = time.perf_counter()


class Child:
    def __init__(self, default):
        self.default = default
        self.inbox, self.outbox = Inbox(), Outbox()
        self.runs = deque()
        self.label = "functions"
        self.most_bytes = 0
        self.name = "functions"
        self.once = False

    def serve(self):
        self.capture()
        while True:
            self.receive(wait=not self.runs)
            if self.runs:
                self.work(self.runs[0])
                self.end(self.runs.popleft())

    def end(self, run):
        """A process of its own ends after its run, as the program would that its function is."""
        if self.once:
            self.outbox.send(type="exit", running=False)
            sys.exit(1 if run.failed else 0)

    def capture(self):
        for descriptor in (COMMANDS, ANSWERS):
            os.set_inheritable(descriptor, False)
        # of a crash in C the stack is shown; it goes to the descriptor itself
        faulthandler.enable()
        sys.stdout = io.TextIOWrapper(Output(self, "stdout", 1), encoding="utf-8", errors="replace", line_buffering=True)
        sys.stderr = io.TextIOWrapper(Output(self, "stderr", 2), encoding="utf-8", errors="replace", line_buffering=True)
        self.streams = (sys.stdout, sys.stderr)

    def receive(self, wait):
        for header, body in self.inbox.messages(wait):
            if header["type"] == "start":
                self.start(header)
            elif header["type"] == "run":
                self.runs.append(items.Run(header, body))
            elif header["type"] in ("cancel", "yield"):
                self.stop(header["run"])

    def stop(self, number):
        for run in self.runs:
            run.stopped = run.stopped or run.header["run"] == number

    def start(self, header):
        self.most_bytes = header["maxResultBytes"]
        self.name, self.once = header.get("name") or self.name, header.get("once") is True
        try:
            path = functions_path(header.get("functions") or self.default)
            load(path)
        except BaseException as error:
            self.give_up(f"The functions cannot be loaded: {describe(error)}")
        if header.get("initializer"):
            self.initialize(header["initializer"])
        declared = [entry.declaration() for entry in registry.functions.values()]
        self.outbox.send(type="ready", functions=declared, skipped=[], build=build_of(path))

    def initialize(self, initializer):
        name = initializer["function"]
        try:
            if name not in registry.functions:
                raise LookupError(f"This worker has no function {name}")
            registry.functions[name].call(*wire.decode(initializer["args"].encode(), initializer["wire"]))
        except BaseException as error:
            line = items.thrown(error, "initializer-failed", None, initializer["wire"])
            self.give_up(f"The initializer {name} failed: {describe(error)}", line)

    def give_up(self, message, body=b""):
        self.outbox.send(body, type="broken", message=message)
        os._exit(1)

    def work(self, run):
        results = Results(self, run)
        for index, line in zip(run.indexes, run.lines):
            if results.due:
                results.tell()
                self.receive(wait=False)
            if run.stopped:
                break
            self.run_item(run, index, line, results)
        self.label = "functions"
        results.tell(end=True)

    def run_item(self, run, index, line, results):
        self.label = f"{run.header['function']}[{index}]"
        task.begin(run.header, index, self.name)
        started = time.perf_counter()
        try:
            text, failed = run.result(index, line, self.most_bytes, wanted=not self.once), False
        except SystemExit:
            self.flush()
            results.tell()
            self.outbox.send(type="exit", running=True)
            raise
        except BaseException as error:
            text, failed = items.failure(error, run.header["at"], run.header["wire"]), True
        task.end()
        self.flush()
        run.failed = run.failed or failed
        results.add(text, failed, time.perf_counter() - started)

    def flush(self):
        for stream in self.streams:
            stream.flush()


def functions_path(given):
    path = os.path.abspath(given)
    if os.path.isfile(path) and path.endswith(".py"):
        return path
    raise FileNotFoundError(f"{path} is no Python file; meant is one with functions, by MANYHANDS_FUNCTIONS")


def load(path):
    """Imports the module of the functions, under its own name, so that what it pickles can be found again."""
    sys.path.insert(0, os.path.dirname(path))
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not registry.functions:
        raise LookupError(f"{path} has no @function")


def build_of(path):
    """Names the code that was loaded: a hash of the modules of the functions' folder."""
    folder = os.path.dirname(path) + os.sep
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    digest = hashlib.sha256()
    for file in sorted(file for file in files if file and file.startswith(folder) and file.endswith(".py")):
        with open(file, "rb") as source:
            digest.update(file[len(folder) :].encode() + b"\0" + source.read() + b"\0")
    return digest.hexdigest()[:12]


def describe(error):
    """For a terminal: where, and what."""
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, SyntaxError):
        place = f"{error.filename}:{error.lineno}: "
    else:
        place = f"{frames[-1].filename}:{frames[-1].lineno}: " if frames and frames[-1].filename != __file__ else ""
    return f"{place}{type(error).__name__}: {items.message_of(error)}"
