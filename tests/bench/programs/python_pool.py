"""multiprocessing.Pool(2) from the caller's side."""
import multiprocessing

from serve import burn, check_squares, one_by_one, seconds, serve


def square(x):
    return x * x


def map_squares(n, size):
    items = list(range(n))
    taken, results = seconds(lambda: pool.map(square, items, chunksize=size))
    check_squares(results, n)
    return {"seconds": taken}


def map_burn(n, ms, size):
    return {"seconds": seconds(lambda: pool.map(burn, [ms] * n, chunksize=size))[0]}


def latency(count, warmUp):
    return {"samples": one_by_one(count, warmUp, lambda: pool.apply(square, (7,)))}


if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        serve({"map": map_squares, "burn": map_burn, "latency": latency})
