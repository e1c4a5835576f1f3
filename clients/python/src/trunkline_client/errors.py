"""What can go wrong. Every error of a write has the `idempotency_key` to repeat it with."""

from __future__ import annotations

from typing import Any


class TrunklineError(Exception):
    """Base of all errors of this package."""

    idempotency_key: str | None = None


class Unreachable(TrunklineError):
    """No answer, after all repetitions. A write may have been carried out: repeat it with `idempotency_key`."""

    def __init__(self, reason: Exception, idempotency_key: str | None) -> None:
        super().__init__(f"no answer: {reason}")
        self.idempotency_key = idempotency_key


class Unsettled(TrunklineError):
    """The outcome of a purchase is not known yet. trunkline goes on asking the carrier: repeat with `idempotency_key`."""

    def __init__(self, purchase: Any, idempotency_key: str) -> None:
        super().__init__(f"the outcome of {purchase.id} is not known yet")
        self.purchase = purchase
        self.idempotency_key = idempotency_key


class Incomplete(TrunklineError):
    """A list leaves out what some accounts hold, because they did not answer: `sources` says which, and why."""

    def __init__(self, sources: list[Any]) -> None:
        super().__init__("not all accounts answered: " + ", ".join(f"{it.account} ({it.status})" for it in sources))
        self.sources = sources


class ApiError(TrunklineError):
    """The gateway has answered with a problem document.

    `kind` is for programs, `str(error)` for people. `effect` is `"unknown"` if the carrier may have acted nevertheless.
    """

    def __init__(self, status: int, problem: dict[str, Any], idempotency_key: str | None = None) -> None:
        self.status = status
        self.problem = problem
        self.kind: str = problem.get("kind", "internal")
        self.detail: str = problem.get("detail", f"status {status}")
        self.errors: list[dict[str, str]] = problem.get("errors", [])
        self.effect: str | None = problem.get("effect")
        self.retry_after: int | None = problem.get("retry_after")
        self.purchase_id: str | None = problem.get("purchase_id")
        self.request_id: str | None = problem.get("request_id")
        self.provider_code: str | None = problem.get("provider_code")
        self.idempotency_key = idempotency_key
        super().__init__(f"{self.detail} ({self.kind}, {self.request_id})")

    @staticmethod
    def of(status: int, problem: dict[str, Any], idempotency_key: str | None = None) -> ApiError:
        """The error of the class that fits the problem's kind."""
        kind = KINDS.get(problem.get("kind", ""), ApiError)
        return kind(status, problem, idempotency_key)


class InvalidRequest(ApiError):
    """The request makes no sense: `errors` names the fields."""


class Unauthenticated(ApiError):
    """The API key was not accepted."""


class CredentialRefused(ApiError):
    """The carrier has refused the credential of the account."""


class PermissionDenied(ApiError):
    """403: the API key lacks a scope. 502: the account's credential lacks a right at the carrier."""


class NotFound(ApiError):
    """There is no such thing, or the key may not see it."""


class NotAvailable(ApiError):
    """The number is not for sale any more, or the offer has expired."""


class Conflict(ApiError):
    """It is so already, or another request is working on it. With `effect` `"unknown"`: don't order a substitute."""


class PaymentRequired(ApiError):
    """The account has no credit, or a spending limit leaves no room."""


class RateLimited(ApiError):
    """Too many requests, after all repetitions."""


class Unsupported(ApiError):
    """The carrier or the account lacks this."""


KINDS: dict[str, type[ApiError]] = {
    "invalid_request": InvalidRequest,
    "unauthenticated": Unauthenticated,
    "credential_refused": CredentialRefused,
    "permission_denied": PermissionDenied,
    "not_found": NotFound,
    "not_available": NotAvailable,
    "conflict": Conflict,
    "payment_required": PaymentRequired,
    "rate_limited": RateLimited,
    "unsupported": Unsupported,
}
