"""Drives SignalWire's older, Twilio-like Python library against the sandbox:
python signalwire_compat_client.py http://127.0.0.1:9102 http://127.0.0.1:9109

Needs `pip install signalwire`. Resets the sandbox first. Ends with a non-zero status if anything is off.
"""

import json
import sys
import urllib.request

from signalwire.rest import Client
from twilio.base.exceptions import TwilioRestException

PROJECT = "00000000-0000-4000-8000-000000000000"
UNKNOWN = "ffffffff-ffff-4fff-8fff-ffffffffffff"


def control(url, method, path, body=None):
    """Sends a request to the control port and returns what it answers."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} if data else {}
    request = urllib.request.Request(url + path, data=data, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def client_for(base_url, token="sandbox"):
    """A client of the vendor's library that speaks to the sandbox: it insists on https until told again."""
    client = Client(PROJECT, token, signalwire_space_url=base_url.removeprefix("http://"))
    client.api.base_url = base_url
    return client


def refused(status, code, call):
    """Checks that a call raises the library's error with that status and code, which is a text here."""
    try:
        call()
    except TwilioRestException as error:
        assert (error.status, error.code) == (status, code), (error.status, error.code, error.msg)
        return
    raise AssertionError(f"expected {status}/{code}")


def numbers(client, control_url):
    on_sale = client.available_phone_numbers("US")
    found = on_sale.local.list(area_code=415, limit=20)
    assert len(found) == 20 and found[0].phone_number.startswith("+1415")
    assert found[0].capabilities["SMS"] is True and found[0].latitude is None
    assert found[0].friendly_name.startswith("415-"), found[0].friendly_name
    assert on_sale.toll_free.list(limit=5)
    assert on_sale.local.list(in_region="NY", limit=5)
    bought = [client.incoming_phone_numbers.create(phone_number=row.phone_number) for row in found[:5]]
    first = bought[0]
    assert first.date_created and first.origin == "signalwire" and first.capabilities["fax"] is True
    everything = client.incoming_phone_numbers.list(page_size=2)
    assert [row.sid for row in everything] == [row.sid for row in reversed(bought)]
    assert len(client.incoming_phone_numbers.list(limit=3)) == 3
    (exact,) = client.incoming_phone_numbers.list(phone_number=first.phone_number)
    assert exact.sid == first.sid
    changed = client.incoming_phone_numbers(first.sid).update(
        friendly_name="Support line", voice_url="https://voice.example.test/in", voice_method="GET"
    )
    assert (changed.friendly_name, changed.voice_method) == ("Support line", "GET")
    assert client.incoming_phone_numbers(first.sid).fetch().voice_url == "https://voice.example.test/in"
    refused(422, "22121", lambda: client.incoming_phone_numbers(first.sid).delete())
    control(control_url, "POST", "/clock", {"advance_seconds": 15 * 86_400})
    assert client.incoming_phone_numbers(first.sid).delete() is True
    refused(404, "20404", lambda: client.incoming_phone_numbers(first.sid).delete())


def errors(client, base_url):
    create = client.incoming_phone_numbers.create
    refused(422, "10000", lambda: create(phone_number="+14155550100"))
    refused(400, "21401", lambda: create(phone_number="nonsense"))
    refused(422, "21451", lambda: create(area_code="713"))
    refused(404, "20404", lambda: client.incoming_phone_numbers(UNKNOWN).fetch())
    refused(401, "20003", lambda: client_for(base_url, "wrong").incoming_phone_numbers(UNKNOWN).fetch())


def main():
    url, control_url = sys.argv[1:3]
    # The library can be pointed at either spelling of the API.
    for base_url in (url, url + "/api/laml"):
        control(control_url, "POST", "/reset")
        client = client_for(base_url)
        if base_url == url:
            numbers(client, control_url)
        errors(client, base_url)
    print("signalwire (compatibility): ok")


main()
