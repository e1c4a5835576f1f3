"""The client."""

from __future__ import annotations

import inspect
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Self

import httpx

from .errors import ApiError, Incomplete, Unsettled
from .openapi import AuthenticatedClient, Client
from .openapi.api.caller_ids import list_caller_ids
from .openapi.api.events import list_events
from .openapi.api.numbers import get_number, list_numbers, release_number, update_number
from .openapi.api.purchases import list_purchases, purchase
from .openapi.api.search import search
from .openapi.models import (
    AvailableNumber,
    CallerId,
    Event,
    Number,
    NumberPatch,
    Purchase,
    PurchaseRequest,
    PurchaseResult,
)
from .transport import Retrying

#: The statuses of an account that has not answered: what it holds is missing in the list.
MISSING = frozenset({"error", "timeout", "rate_limited"})


class Trunkline:
    """A client of one gateway, for any number of threads.

    `url` and `key` default to the environment's TRUNKLINE_URL and TRUNKLINE_KEY. `timeout` bounds one attempt, `patience`
    the waiting of one call, both in seconds. `transport` is for proxies and tests.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float = 90.0,
        patience: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        url = url or os.environ.get("TRUNKLINE_URL") or "http://127.0.0.1:8080"
        key = key or os.environ.get("TRUNKLINE_KEY")
        settings: dict[str, Any] = {
            "base_url": url.rstrip("/"),
            "timeout": httpx.Timeout(timeout),
            "httpx_args": {"transport": Retrying(transport or httpx.HTTPTransport(), patience)},
        }
        #: What the generated operations take as `client`.
        self.api: Client = AuthenticatedClient(token=key, **settings) if key else Client(**settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes its connections."""
        self.api.get_httpx_client().close()

    def call(self, operation: ModuleType, *args: Any, **kwargs: Any) -> Any:
        """Calls a generated operation, such as `openapi.api.numbers.get_number`, and returns its document.

        A write gets an idempotency key, unless `idempotency_key` is given. Raises `ApiError` for a problem, `Unreachable`
        without an answer.
        """
        return self._call(operation, *args, **kwargs).parsed

    def _call(self, operation: ModuleType, *args: Any, **kwargs: Any) -> Any:
        send: Callable[..., Any] = operation.sync_detailed
        if "idempotency_key" in inspect.signature(send).parameters:
            kwargs.setdefault("idempotency_key", str(uuid.uuid4()))
        response = send(*args, client=self.api, **kwargs)
        if response.status_code >= 400:
            try:
                problem = json.loads(response.content)
            except ValueError:
                problem = {}
            raise ApiError.of(int(response.status_code), problem, kwargs.get("idempotency_key"))
        return response

    def pages(self, operation: ModuleType, *args: Any, partial: bool = False, **filters: Any) -> Iterator[Any]:
        """Iterates over all rows of a list, page by page, such as `openapi.api.purchases.list_purchases`.

        Ends with `Incomplete` if an account did not answer, unless `partial` is true.
        """
        while True:
            page = self.call(operation, *args, **filters)
            yield from page.data
            failed = [source for source in getattr(page, "sources", None) or [] if source.status in MISSING]
            # The next page asks an account again that has failed: give up when that brings nothing.
            if failed and not (page.data and page.next_cursor):
                if partial:
                    return
                raise Incomplete(failed)
            if not page.next_cursor:
                return
            filters["cursor"] = page.next_cursor

    def search(self, country: str, **filters: Any) -> list[AvailableNumber]:
        """Numbers for sale at every account; `filters` are those of `GET /v1/available-numbers`."""
        return self.call(search, country=country, **filters).data

    def buy(self, *, key: str | None = None, wait: float = 60.0, **order: Any) -> PurchaseResult:
        """Buys a number exactly once, and returns it with its purchase.

        `order` is the body of `POST /v1/numbers`: `offer=`, or `account=` and `number=`, or `criteria=`, and settings such as
        `label=`. Give the order's `key` if you can keep it: a later call with it buys nothing more. Waits `wait` seconds for
        the outcome, then raises `Unsettled`.
        """
        key = key or str(uuid.uuid4())
        body, end = PurchaseRequest.from_dict(order), time.monotonic() + wait
        while True:
            left = max(0.0, end - time.monotonic())
            prefer = f"wait={min(60, int(left))}"
            response = self._call(purchase, body=body, idempotency_key=key, prefer=prefer)
            if response.status_code != 202:
                return response.parsed
            pause = float(response.headers.get("Retry-After", 1))
            if pause >= end - time.monotonic():
                raise Unsettled(response.parsed.purchase, key)
            time.sleep(pause)

    def numbers(self, *, partial: bool = False, **filters: Any) -> Iterator[Number]:
        """All numbers you hold; `filters` are those of `GET /v1/numbers`."""
        return self.pages(list_numbers, partial=partial, **filters)

    def purchases(self, **filters: Any) -> Iterator[Purchase]:
        """All purchases, newest first."""
        return self.pages(list_purchases, **filters)

    def caller_ids(self, *, partial: bool = False, **filters: Any) -> Iterator[CallerId]:
        """All caller IDs."""
        return self.pages(list_caller_ids, partial=partial, **filters)

    def number(self, id: str) -> Number:
        """A number by its id, or by the number itself."""
        return self.call(get_number, id)

    def update(self, id: str, *, key: str | None = None, **changes: Any) -> Number:
        """Changes a number; `changes` are the body of `PATCH /v1/numbers/{id}`. `None` empties a field."""
        body = NumberPatch.from_dict(changes)
        return self.call(update_number, id, body=body, **({"idempotency_key": key} if key else {}))

    def release(self, id: str, *, key: str | None = None) -> None:
        """Releases a number: at once, or after the account's grace period."""
        self.call(release_number, id, **({"idempotency_key": key} if key else {}))

    def events(self, after: str | None = None, **filters: Any) -> Iterator[Event]:
        """The events that there are by now, oldest first. Later continue after the last one: `after=event.id`."""
        while True:
            page = self.call(list_events, **({"after": after} if after else {}), **filters)
            yield from page.data
            if not page.data:
                return
            after = page.next_cursor
