"""A client in Python, with urllib and nothing else: Pool().map("square", [1, 2, 3]) gives [1, 4, 9]."""
import builtins
import json
import os
import urllib.error
import urllib.parse
import urllib.request

from manyhands import wire


class RemoteError(Exception):
    """A call failed elsewhere. It is an instance of Python's exception of that name too: `except ZeroDivisionError` catches it."""

    def __init__(self, error, index=None):
        Exception.__init__(self, error["message"])
        self.code, self.index, self.error = error["code"], index, error

    __str__ = Exception.__str__


def value_of(result):
    if "error" not in result:
        return result.get("value")
    named = getattr(builtins, result["error"]["name"], None)
    bases = (RemoteError, named) if isinstance(named, type) and issubclass(named, Exception) else (RemoteError,)
    raise type(result["error"]["name"], bases, {})(result["error"], result.get("index"))


class Pool:
    def __init__(self, url=None, name="default"):
        self.url = (url or os.environ.get("MANYHANDS_URL") or "http://127.0.0.1:3000").rstrip("/")
        self.path = f"/v1/pools/{name}"

    def map(self, function, items, *args, **options):
        """[f(item, *args), ...] in order. Raises the first failure, after every item has run. `options` as in the HTTP API: attempts=3."""
        query = urllib.parse.urlencode({"function": function, "args": wire.encode(list(args), "tagged"), **options})
        lines = (wire.encode(item, "tagged") + b"\n" for item in items)
        job = json.loads(self._send(f"{self.path}/map?{query}", lines, "ndjson").read())
        if "id" not in job:
            value_of({"error": {"name": "RequestError", "code": job["code"], "message": job["detail"]}})
        answer = self._send(f"/v1/jobs/{job['id']}/results?frames=true", kind="ndjson")
        frames = [wire.decode(line, "tagged") for line in answer]
        values = [value_of(frame) for frame in frames if "index" in frame]
        if "end" not in frames[-1] or frames[-1]["end"]["state"] != "succeeded":
            value_of({"error": {"name": "JobError", "code": "cancelled", "message": f"the job {job['id']} ended early"}})
        return values

    def apply(self, function, args=(), kwds=None, **options):
        """f(*args), or f(*args, kwds): for the function its keywords are one more argument, a dictionary."""
        body = wire.encode({"function": function, "args": args, "kwargs": kwds or {}, **options}, "tagged")
        answer = self._send(f"{self.path}/apply", body, prefer="wait=30")
        while answer.status == 202:
            answer = self._send(f"{answer.headers['location']}/result?wait=30")
        return value_of(wire.decode(answer.read(), "tagged"))

    def _send(self, path, body=None, kind="json", **headers):
        media = f"application/vnd.manyhands+{kind}"
        headers.update({"accept": media, **({} if body is None else {"content-type": media})})
        try:
            return urllib.request.urlopen(urllib.request.Request(self.url + path, body, headers))
        except urllib.error.HTTPError as refusal:
            problem = json.loads(refusal.read())
            value_of({"error": {"name": "RequestError", "code": problem["code"], "message": problem["detail"]}})
