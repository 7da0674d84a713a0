"""Celery as its experts run it on Redis: JSON, no events, no gossip, results by pub/sub.

Tried and left at its default: the prefetch multiplier (4; 1 is as fast, 64 slower)."""
import os

from celery import Celery

app = Celery("celery_tasks", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
app.conf.update(
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    task_acks_late=False,
    task_track_started=False,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    result_expires=3600,
)


@app.task
def square(x):
    return x * x
