"""Calls by lines of JSON on standard input, outcomes and events on standard output."""

import json
import os
import sys
import threading

lock = threading.Lock()


def show(line):
    with lock:
        print(json.dumps(line, default=str), flush=True)


def say(event, **more):
    show({"event": event, **more})


def serve(operations):
    """Answers each call by the operation of its name."""
    for line in sys.stdin:
        call = json.loads(line)
        try:
            show({"id": call["id"], "result": operations[call["name"]](*call["args"])})
        except Exception as error:
            cause = error.__cause__ or error
            body = getattr(getattr(cause, "response", None), "text", None)
            failure = {"name": type(error).__name__, "message": str(cause), "body": body}
            show({"id": call["id"], "error": failure})
    # The SDKs keep threads that wait for what will not come.
    os._exit(0)
