"""Drives Twilio's own Python library against the sandbox: python twilio_client.py http://127.0.0.1:9101 http://127.0.0.1:9109

Needs `pip install twilio`. Resets the sandbox first. Ends with a non-zero status if anything is off.
"""

import datetime
import json
import sys
import urllib.request

from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

ACCOUNT = "AC" + "0" * 32
UNKNOWN = "PN" + "f" * 32


def control(url, method, path, body=None):
    """Sends a request to the control port and returns what it answers."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} if data else {}
    request = urllib.request.Request(url + path, data=data, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def client_for(url, user=ACCOUNT, password="sandbox"):
    """A client of the vendor's library that speaks to the sandbox."""
    client = Client(user, password, account_sid=ACCOUNT)
    client.api.base_url = url
    client.pricing.base_url = url
    return client


def refused(status, code, call):
    """Checks that a call raises the library's error with that status and code."""
    try:
        call()
    except TwilioRestException as error:
        assert (error.status, error.code) == (status, code), (error.status, error.code, error.msg)
        return
    raise AssertionError(f"expected {status}/{code}")


def search(client):
    found = client.available_phone_numbers("US").local.list(area_code=415, sms_enabled=True, limit=20)
    assert len(found) == 20, len(found)
    row = found[0]
    assert row.phone_number.startswith("+1415"), row.phone_number
    assert row.friendly_name.startswith("(415) "), row.friendly_name
    assert row.capabilities["SMS"] is True and row.capabilities["voice"] is True, row.capabilities
    assert row.latitude and row.region == "CA" and row.lata == "722"
    assert client.available_phone_numbers("US").toll_free.list(limit=5)
    assert client.available_phone_numbers("GB").mobile.list(limit=5)
    assert not client.available_phone_numbers("US").local.list(area_code=533)
    kinds = client.available_phone_numbers("GB").fetch().subresource_uris
    assert {"local", "mobile", "toll_free"} <= set(kinds), kinds
    assert len(client.available_phone_numbers.list()) >= 13
    prices = client.pricing.v1.phone_numbers.countries("US").fetch()
    assert prices.price_unit == "USD" and prices.phone_number_prices, prices
    return [row.phone_number for row in found]


def numbers(client, wanted):
    bought = [client.incoming_phone_numbers.create(phone_number=number) for number in wanted[:7]]
    first = bought[0]
    age = datetime.datetime.now(datetime.timezone.utc) - first.date_created
    assert abs(age.total_seconds()) < 60, first.date_created
    assert first.capabilities["sms"] is True and first.origin == "twilio" and first.status == "in-use"
    again = client.incoming_phone_numbers.create(phone_number=wanted[0], friendly_name="again")
    assert (again.sid, again.date_created) == (first.sid, first.date_created)
    everything = client.incoming_phone_numbers.list(page_size=2)
    assert [row.sid for row in everything] == [row.sid for row in reversed(bought)]
    assert len(client.incoming_phone_numbers.list(limit=3)) == 3
    (exact,) = client.incoming_phone_numbers.list(phone_number=wanted[0])
    assert exact.friendly_name == "again", exact.friendly_name
    changed = client.incoming_phone_numbers(first.sid).update(
        friendly_name="Support line", voice_url="https://voice.example.test/in", voice_method="GET"
    )
    assert (changed.friendly_name, changed.voice_url, changed.voice_method) == (
        "Support line",
        "https://voice.example.test/in",
        "GET",
    )
    cleared = client.incoming_phone_numbers(first.sid).update(voice_url="")
    assert not cleared.voice_url and cleared.friendly_name == "Support line"
    assert client.incoming_phone_numbers(first.sid).fetch().friendly_name == "Support line"
    assert client.incoming_phone_numbers(first.sid).delete() is True
    refused(404, 20404, lambda: client.incoming_phone_numbers(first.sid).delete())
    refused(400, 21422, lambda: client.incoming_phone_numbers.create(phone_number=wanted[0]))
    assert len(client.incoming_phone_numbers.list()) == 6


def errors(client, url):
    create = client.incoming_phone_numbers.create
    refused(400, 21422, lambda: create(phone_number="+15005550000"))
    refused(400, 21421, lambda: create(phone_number="+15005550001"))
    refused(400, 21421, lambda: create(phone_number="+1foobar"))
    refused(400, 21452, lambda: create(area_code="533"))
    magic = create(phone_number="+15005550006")
    assert magic.date_created is None and magic.phone_number == "+15005550006"
    mobile = client.available_phone_numbers("GB").mobile.list(limit=1)[0].phone_number
    refused(400, 21649, lambda: create(phone_number=mobile))
    berlin = client.available_phone_numbers("DE").local.list(limit=1)[0].phone_number
    refused(400, 21631, lambda: create(phone_number=berlin))
    address = client.addresses.create(
        customer_name="A", street="Weg 1", city="Berlin", region="BE", postal_code="10115", iso_country="DE"
    )
    bought = create(phone_number=berlin, address_sid=address.sid)
    dependents = client.addresses(address.sid).dependent_phone_numbers.list()
    assert [row.sid for row in dependents] == [bought.sid]
    assert len(client.addresses.list()) == 1
    refused(404, 20404, lambda: client.incoming_phone_numbers(UNKNOWN).fetch())
    refused(401, 20003, lambda: client_for(url, password="wrong").incoming_phone_numbers(UNKNOWN).fetch())
    keyed = client_for(url, user="SK" + "0" * 32)
    assert len(keyed.incoming_phone_numbers.list(limit=1)) == 1
    try:
        client_for(url, password="wrong").incoming_phone_numbers.list()
    except TwilioException:
        pass
    else:
        raise AssertionError("a list with a wrong token must fail")
    assert float(client.api.v2010.accounts(ACCOUNT).balance.fetch().balance) > 0


def caller_ids(client, control_url):
    number = "+14155550123"
    request = client.validation_requests.create(phone_number=number, friendly_name="Front desk", call_delay=5)
    assert len(request.validation_code) == 6 and request.call_sid.startswith("CA")
    assert not client.outgoing_caller_ids.list(phone_number=number)
    path = f"/twilio/caller-ids/{number}"
    assert control(control_url, "GET", path + "/code")["code"] == request.validation_code
    control(control_url, "POST", path + "/answer", {"outcome": "verified"})
    (verified,) = client.outgoing_caller_ids.list(phone_number=number)
    assert verified.friendly_name == "Front desk" and verified.date_created
    assert client.outgoing_caller_ids(verified.sid).update(friendly_name="Reception").friendly_name == "Reception"
    assert client.outgoing_caller_ids(verified.sid).fetch().friendly_name == "Reception"
    refused(400, 21450, lambda: client.validation_requests.create(phone_number=number))
    refused(400, 21454, lambda: client.validation_requests.create(phone_number="+14155550124", call_delay=61))
    assert client.outgoing_caller_ids(verified.sid).delete() is True
    refused(404, 20404, lambda: client.outgoing_caller_ids(verified.sid).fetch())


def throttled(client, control_url):
    fault = {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}}
    control(control_url, "POST", "/faults", {"provider": "twilio", "operation": "get", "fault": fault, "count": 1})
    refused(429, 20429, lambda: client.incoming_phone_numbers(UNKNOWN).fetch())
    ledger = control(control_url, "GET", "/twilio/ledger")
    assert len(ledger["purchases"]) == 8 and len(ledger["owned"]) == 7 and len(ledger["releases"]) == 1, ledger


def main():
    url, control_url = sys.argv[1:3]
    control(control_url, "POST", "/reset")
    client = client_for(url)
    wanted = search(client)
    numbers(client, wanted)
    errors(client, url)
    caller_ids(client, control_url)
    throttled(client, control_url)
    print("twilio-python: ok")


main()
