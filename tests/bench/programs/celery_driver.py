"""Celery from the caller's side."""
import itertools

from celery_tasks import square
from serve import check_squares, one_by_one, seconds, serve


def map_chunks(n, size):
    items = [(x,) for x in range(n)]
    taken, results = seconds(lambda: list(itertools.chain.from_iterable(square.chunks(items, size).group().apply_async().get(timeout=60))))
    check_squares(results, n)
    return {"seconds": taken}


def latency(count, warmUp):
    return {"samples": one_by_one(count, warmUp, lambda: square.delay(7).get(timeout=10))}


if __name__ == "__main__":
    serve({"map": map_chunks, "latency": latency})
