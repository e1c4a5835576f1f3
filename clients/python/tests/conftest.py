"""A gateway over fake carriers: `clients/run` starts it, and names it in TRUNKLINE_URL and TRUNKLINE_CONTROL."""

import json
import os
import urllib.request

import httpx
import pytest

from trunkline_client import Trunkline


def control(method, path, body=None):
    """One request to the sandbox's control port, and its answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        os.environ["TRUNKLINE_CONTROL"] + path, data, {"Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or b"null")


def fail(provider, operation, count, **fault):
    """Plans a fault of a fake carrier."""
    control("POST", "/faults", {"provider": provider, "operation": operation, "fault": fault, "count": count})


def sold(number):
    """How often the fake Twilio has sold a number."""
    return [row["number"] for row in control("GET", "/twilio/ledger")["purchases"]].count(number)


class Losing(httpx.BaseTransport):
    """Carries requests out, and loses the first answers."""

    def __init__(self, lost):
        self.inner = httpx.HTTPTransport()
        self.lost = lost
        self.keys = []

    def handle_request(self, request):
        self.keys.append(request.headers.get("Idempotency-Key"))
        response = self.inner.handle_request(request)
        if len(self.keys) <= self.lost:
            response.close()
            raise httpx.ReadError("the connection was closed", request=request)
        return response


@pytest.fixture
def client():
    with Trunkline() as client:
        yield client


@pytest.fixture(autouse=True)
def without_faults():
    yield
    control("DELETE", "/faults")
