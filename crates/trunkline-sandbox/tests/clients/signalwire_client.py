"""Drives SignalWire's own REST library against the sandbox:
python signalwire_client.py http://127.0.0.1:9102 http://127.0.0.1:9109

Needs `pip install signalwire-sdk`. Resets the sandbox first. Ends with a non-zero status if anything is off.
"""

import json
import sys
import urllib.request

from signalwire.rest import RestClient
from signalwire.rest._base import SignalWireRestError

PROJECT = "00000000-0000-4000-8000-000000000000"
UNKNOWN = "ffffffff-ffff-4fff-8fff-ffffffffffff"
DAY = 86_400


def control(url, method, path, body=None):
    """Sends a request to the control port and returns what it answers."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} if data else {}
    request = urllib.request.Request(url + path, data=data, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def client_for(url, token="sandbox"):
    """A client of the vendor's library that speaks to the sandbox."""
    return RestClient(project=PROJECT, token=token, host=url.removeprefix("http://"))


def refused(status, code, call):
    """Checks that a call raises the library's error with that status and code."""
    try:
        call()
    except SignalWireRestError as error:
        assert error.status_code == status, error
        assert error.request_id, error
        errors = error.body.get("errors", [{}])
        assert errors[0].get("code") == code, error
        return
    raise AssertionError(f"expected {status}/{code}")


def search(client):
    found = client.phone_numbers.search(areacode="415", max_results=20)["data"]
    assert len(found) == 20, len(found)
    row = found[0]
    assert row["e164"].startswith("+1415") and row["region"] == "CA", row
    assert set(row["capabilities"]) == {"voice", "sms", "mms", "fax"}, row
    assert client.phone_numbers.search(number_type="toll-free", max_results=5)["data"]
    assert not client.phone_numbers.search(areacode="533")["data"]
    refused(422, "incompatible_parameters", lambda: client.phone_numbers.search(region="CA", areacode="415"))
    return [row["e164"] for row in found]


def numbers(client, control_url, wanted):
    bought = [client.phone_numbers.create(number=number) for number in wanted[:7]]
    first = bought[0]
    assert first["number"] == wanted[0] and first["name"] is None, first
    refused(422, "value_not_unique", lambda: client.phone_numbers.create(number=wanted[0]))
    refused(422, "422", lambda: client.phone_numbers.create(number="+14155550100"))
    everything = list(client.phone_numbers.paginate(page_size=2))
    assert [row["id"] for row in everything] == [row["id"] for row in reversed(bought)]
    (exact,) = list(client.phone_numbers.paginate(filter_number=wanted[0], page_size=1))
    assert exact["id"] == first["id"]
    changed = client.phone_numbers.update(
        first["id"],
        name="Support line",
        call_handler="laml_webhooks",
        call_request_url="https://voice.example.test/in",
        call_request_method="GET",
    )
    assert (changed["name"], changed["call_request_method"]) == ("Support line", "GET"), changed
    assert client.phone_numbers.get(first["id"]) == changed
    bindings(client, first["id"])
    refused(422, "422", lambda: client.phone_numbers.delete(first["id"]))
    refused(404, None, lambda: client.phone_numbers.get(UNKNOWN))
    control(control_url, "POST", "/clock", {"advance_seconds": 15 * DAY})
    assert client.phone_numbers.delete(first["id"]) == {}
    refused(404, None, lambda: client.phone_numbers.delete(first["id"]))
    ledger = control(control_url, "GET", "/signalwire/ledger")
    assert len(ledger["purchases"]) == 7 and len(ledger["owned"]) == 6 and len(ledger["releases"]) == 1, ledger
    return [row["id"] for row in bought[1:]]


def bindings(client, sid):
    """The helpers that set a handler and the field it needs."""
    numbers = client.phone_numbers
    script = numbers.set_swml_webhook(sid, url="https://voice.example.test/script")
    assert script["call_handler"] == "relay_script" and script["call_request_url"], script
    assert script["calling_handler_resource_id"], script
    topic = numbers.set_relay_topic(sid, topic="office")
    assert (topic["call_handler"], topic["call_relay_topic"]) == ("relay_topic", "office"), topic
    hooks = numbers.set_cxml_webhook(sid, url="https://voice.example.test/laml")
    assert hooks["call_handler"] == "laml_webhooks", hooks


def caller_ids(client, control_url):
    number = "+14155550123"
    started = client.verified_callers.create(number=number, name="Front desk", extension="12")
    assert started["verified"] is False and started["status"] == "Awaiting Verification", started
    key = started["id"]
    refused(422, "verification_request_too_soon", lambda: client.verified_callers.redial_verification(key))
    control(control_url, "POST", "/clock", {"advance_seconds": 60})
    assert client.verified_callers.redial_verification(key)["id"] == key
    code = control(control_url, "GET", f"/signalwire/caller-ids/{number}/code")["code"]
    wrong = "000000" if code != "000000" else "000001"
    submit = client.verified_callers.submit_verification
    refused(422, "422", lambda: submit(key, verification_code=wrong))
    assert submit(key, verification_code=code)["status"] == "Verified"
    refused(422, "already_verified", lambda: client.verified_callers.create(number=number))
    (listed,) = list(client.verified_callers.paginate(filter_number=number))
    assert listed["verified"] is True, listed
    assert client.verified_callers.update(key, name="Reception")["name"] == "Reception"
    assert client.verified_callers.delete(key) == {}
    refused(404, None, lambda: client.verified_callers.get(key))


def around(client, ids):
    found = client.lookup.phone_number("+14155550100", include="carrier,cnam")
    assert found["valid_number"] is True and found["carrier"], found
    address = client.addresses.create(
        label="Head office",
        country="US",
        first_name="Ada",
        last_name="Byte",
        street_number="1",
        street_name="Main St",
        address_type="Suite",
        address_number="2",
        city="Oakland",
        state="CA",
        postal_code="94601",
    )
    assert address["validated"] is True and len(client.addresses.list()["data"]) == 1
    group = client.number_groups.create(name="Sales")
    client.number_groups.add_membership(group["id"], phone_number_id=ids[0])
    assert client.number_groups.get(group["id"])["phone_number_count"] == 1
    assert len(client.number_groups.list_memberships(group["id"])["data"]) == 1


def errors(url, control_url):
    refused(401, None, lambda: client_for(url, "wrong").phone_numbers.list())
    refused(401, None, lambda: client_for(url, "sandbox-voice").phone_numbers.list())
    fault = {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}}
    control(control_url, "POST", "/faults", {"provider": "signalwire", "operation": "get", "fault": fault, "count": 1})
    refused(429, None, lambda: client_for(url).phone_numbers.get(UNKNOWN))


def main():
    url, control_url = sys.argv[1:3]
    control(control_url, "POST", "/reset")
    client = client_for(url)
    wanted = search(client)
    ids = numbers(client, control_url, wanted)
    caller_ids(client, control_url)
    around(client, ids)
    errors(url, control_url)
    print("signalwire-sdk: ok")


main()
