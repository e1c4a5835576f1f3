"""Client of trunkline: one API for the phone numbers you hold at every carrier.

`Trunkline` is the client. `trunkline_client.openapi` is generated from the API's own description: `openapi.api` has a
module for each operation, to give to `Trunkline.call` and `Trunkline.pages`, and `openapi.models` the documents.
"""

from .client import Trunkline
from .errors import (
    ApiError,
    Conflict,
    CredentialRefused,
    Incomplete,
    InvalidRequest,
    NotAvailable,
    NotFound,
    PaymentRequired,
    PermissionDenied,
    RateLimited,
    TrunklineError,
    Unauthenticated,
    Unreachable,
    Unsettled,
    Unsupported,
)
from .webhooks import InvalidWebhook, verify_webhook

__all__ = [
    "ApiError",
    "Conflict",
    "CredentialRefused",
    "Incomplete",
    "InvalidRequest",
    "InvalidWebhook",
    "NotAvailable",
    "NotFound",
    "PaymentRequired",
    "PermissionDenied",
    "RateLimited",
    "Trunkline",
    "TrunklineError",
    "Unauthenticated",
    "Unreachable",
    "Unsettled",
    "Unsupported",
    "verify_webhook",
]
