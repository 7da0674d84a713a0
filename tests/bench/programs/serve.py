"""The Python programs' side of driver.ts: one JSON line in, one JSON line out."""
import json
import sys
import time
import traceback


def serve(methods):
    for line in sys.stdin:
        print(json.dumps(answer(methods, line)), flush=True)


def answer(methods, line):
    try:
        request = json.loads(line)
        return {"ok": methods[request["method"]](**request["params"])}
    except Exception:
        return {"error": traceback.format_exc()}


def seconds(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def one_by_one(count, warm_up, call):
    """Milliseconds of each of `count` calls, after `warm_up` uncounted ones."""
    for _ in range(warm_up):
        call()
    return [seconds(call)[0] * 1000 for _ in range(count)]


def check_squares(results, n):
    if results != [x * x for x in range(n)]:
        raise AssertionError("the results are not the squares in order")


def burn(ms):
    """Computes for `ms` milliseconds of this process's CPU time."""
    end = time.process_time() + ms / 1000
    while time.process_time() < end:
        pass
    return ms
