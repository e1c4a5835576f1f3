"""Drives Zenpy, a public Python client of Zendesk, against the sandbox:
python zendesk_client.py http://127.0.0.1:9103 http://127.0.0.1:9109

Needs `pip install zenpy`. Resets the sandbox first. Ends with a non-zero status if anything is off. Zenpy only lists
phone numbers; the rest is said as the vendor's own samples say it.
"""

import json
import os
import sys
import urllib.parse
import urllib.request

import requests

url, control_url = sys.argv[1:3]
# Read by the library when it sends a request.
os.environ["ZENPY_FORCE_NETLOC"] = urllib.parse.urlsplit(url).netloc
os.environ["ZENPY_FORCE_SCHEME"] = "http"

from zenpy import Zenpy  # noqa: E402
from zenpy.lib.exception import APIException  # noqa: E402

TALK = url + "/api/v2/channels/voice"
AUTH = ("agent@example.com/token", "sandbox")


def control(method, path, body=None):
    """Sends a request to the control port and returns what it answers."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} if data else {}
    request = urllib.request.Request(control_url + path, data=data, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def search(query):
    response = requests.request(
        "GET",
        TALK + "/phone_numbers/search?" + query,
        auth=requests.auth.HTTPBasicAuth(*AUTH),
        headers={"Content-Type": "application/json"},
        timeout=10,
    )
    assert response.status_code == 200, response.text
    return response.json()["phone_numbers"]


def buy(token):
    response = requests.post(
        TALK + "/phone_numbers",
        auth=AUTH,
        headers={"Content-Type": "application/json"},
        json={"phone_number": {"token": token}},
        timeout=10,
    )
    assert response.status_code == 200, response.text
    return response.json()["phone_number"]


def main():
    control("POST", "/reset")
    found = search("area_code=415&contains=&country=US&toll_free=false")
    bought = [buy(row["token"]) for row in found[:101]]
    for client in (
        Zenpy(subdomain="sandbox", email="agent@example.com", token="sandbox"),
        Zenpy(subdomain="sandbox", oauth_token="sandbox"),
    ):
        listed = list(client.talk.phone_numbers())
        assert [row["id"] for row in listed] == [row["id"] for row in bought], len(listed)
        assert listed[0]["number"] == bought[0]["number"] and listed[0]["capabilities"]["voice"] is True
        assert client.users.me().email == "agent@example.com"
    try:
        list(Zenpy(subdomain="sandbox", email="agent@example.com", token="wrong").talk.phone_numbers())
    except APIException as error:
        assert error.response.status_code == 401, error
    else:
        raise AssertionError("a list with a wrong token must fail")
    # The client waits by itself and asks again.
    fault = {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}}
    control("POST", "/faults", {"provider": "zendesk", "operation": "list", "fault": fault, "count": 1})
    assert len(list(client.talk.phone_numbers())) == 101
    ledger = control("GET", "/zendesk/ledger")
    assert len(ledger["purchases"]) == 101 and len(ledger["owned"]) == 101, len(ledger["owned"])
    print("zenpy: ok")


main()
