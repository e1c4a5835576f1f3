"""Signatures of webhooks, as Standard Webhooks specifies them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any


class InvalidWebhook(ValueError):
    """This delivery is not trunkline's, or too old."""


def verify_webhook(
    secret: str, headers: Mapping[str, str], body: bytes, *, tolerance: float = 300.0, now: float | None = None
) -> dict[str, Any]:
    """The event of a delivery, if its signature is right and its time at most `tolerance` seconds away.

    `secret` is the webhook's (`whsec_...`), `body` the bytes that arrived. Raises `InvalidWebhook`. Deliveries come at least
    once: remember the header `webhook-id`.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        sent, identity = given["webhook-timestamp"], given["webhook-id"]
        signatures = given["webhook-signature"].split()
        age = abs((time.time() if now is None else now) - int(sent))
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except KeyError as missing:
        raise InvalidWebhook(f"the header {missing} is missing") from None
    except (ValueError, binascii.Error):
        raise InvalidWebhook("the time or the secret can't be read") from None
    if age > tolerance:
        raise InvalidWebhook("it was sent too long ago, or a clock is wrong")
    signed = f"{identity}.{sent}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    if not any(hmac.compare_digest(wanted.encode(), signature.encode()) for signature in signatures):
        raise InvalidWebhook("the signature is wrong")
    return json.loads(body)
