"""Repeats what may be repeated, and gives every write the key that makes it so."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable

import httpx

from .errors import Unreachable

KEY = "Idempotency-Key"
READS = frozenset({"GET", "HEAD", "OPTIONS"})
#: Try again later: too many requests, not available now, no answer in time.
TRANSIENT = frozenset({429, 503, 504})
#: Longest pause between two attempts that the gateway has not asked for, in seconds.
LONGEST = 8.0


def requested_wait(response: httpx.Response) -> float | None:
    """Seconds that the gateway asks to wait before the next attempt; None if it does not say."""
    try:
        return max(0.0, float(response.headers["Retry-After"]))
    except (KeyError, ValueError):
        return None


class Retrying(httpx.BaseTransport):
    """Sends a request again after a lost answer, and when the gateway asks for it, for `patience` seconds in total.

    A write without an `Idempotency-Key` gets a new one. All attempts have the same key, so that the work is done once.
    """

    def __init__(
        self, inner: httpx.BaseTransport, patience: float, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.inner = inner
        self.patience = patience
        self.sleep = sleep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method not in READS:
            request.headers.setdefault(KEY, str(uuid.uuid4()))
        left, pause = self.patience, 0.25
        while True:
            response, wait = None, None
            try:
                response = self.inner.handle_request(request)
            except httpx.TransportError as error:
                if pause > left:
                    raise Unreachable(error, request.headers.get(KEY)) from error
            else:
                wait = requested_wait(response)
                again = response.status_code in TRANSIENT or (response.is_error and wait is not None)
                if not again or (pause if wait is None else wait) > left:
                    return response
                response.close()
            if wait is None:
                wait = pause * random.uniform(0.5, 1.0)
                pause = min(pause * 2, LONGEST)
            left -= max(wait, 0.05)
            self.sleep(wait)

    def close(self) -> None:
        self.inner.close()
