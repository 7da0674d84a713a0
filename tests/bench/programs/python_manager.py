"""multiprocessing.Manager from the side of two processes: what its dict, Lock and Queue do a second."""
import multiprocessing
import time

from serve import serve


def increment(data, lock, count):
    for _ in range(count):
        with lock:
            data["n"] += 1


def put_all(queue, items):
    for i in range(items):
        queue.put(i)


def locked(count):
    data, lock = manager.dict(n=0), manager.Lock()
    start = time.perf_counter()
    increment(data, lock, count)
    return {"perSecond": count / (time.perf_counter() - start)}


def queue(items):
    shared = manager.Queue()
    producer = multiprocessing.Process(target=put_all, args=(shared, items))
    start = time.perf_counter()
    producer.start()
    seen = {shared.get() for _ in range(items)}
    taken = time.perf_counter() - start
    producer.join()
    if len(seen) != items:
        raise AssertionError("items are missing")
    return {"perSecond": items / taken}


if __name__ == "__main__":
    with multiprocessing.Manager() as manager:
        serve({"locked": locked, "queue": queue})
