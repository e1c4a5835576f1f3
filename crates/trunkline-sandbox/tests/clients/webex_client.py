"""Drives the public Python library for Webex against the sandbox: python webex_client.py http://127.0.0.1:9104 http://127.0.0.1:9109

Needs `pip install wxc_sdk`. Resets the sandbox first. Ends with a non-zero status if anything is off.
"""

import json
import sys
import time
import urllib.request

from wxc_sdk import WebexSimpleApi
from wxc_sdk.common import NumberState, OwnerType, ValidatePhoneNumberStatusState, ValidationStatus
from wxc_sdk.integration import Integration
from wxc_sdk.person_settings.caller_id import CallerIdSelectedType
from wxc_sdk.rest import RestError
from wxc_sdk.telephony import NumberType
from wxc_sdk.telephony.emergency_address import EmergencyAddress
from wxc_sdk.telephony.jobs import NumberItem
from wxc_sdk.telephony.location import CallingLineId, TelephonyLocation
from wxc_sdk.telephony.location.numbers import TelephoneNumberType
from wxc_sdk.telephony.pstn import PSTNType
from wxc_sdk.tokens import Tokens

NEW = [f"+1415555{line:04}" for line in range(100, 112)]


def control(url, method, path, body=None):
    """Sends a request to the control port and returns what it answers."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} if data else {}
    request = urllib.request.Request(url + path, data=data, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def client_for(url, token="sandbox"):
    """A client of the library that speaks to the sandbox."""
    api = WebexSimpleApi(tokens=token, retry_429=False)
    api.session.BASE = url + "/v1"
    return api


def refused(status, code, call):
    """Checks that a call raises the library's error with that status and code, and returns it."""
    try:
        call()
    except RestError as error:
        assert (error.response.status_code, error.code) == (status, code), (str(error), error.response.text)
        return error
    raise AssertionError(f"expected {status}/{code}")


def lists(api):
    rows = list(api.telephony.phone_numbers())
    assert len(rows) == 34, len(rows)
    assert [row.phone_number for row in api.telephony.phone_numbers(max=3)] == [row.phone_number for row in rows]
    bare = [row for row in rows if row.phone_number is None]
    assert len(bare) == 5 and all(row.extension and row.owner and row.state is None for row in bare), bare
    count = api.telephony.phone_number_details()
    assert count.total == len(rows) and count.extension_only == 5, count
    owner = next(row.owner for row in rows if row.owner and row.owner.owner_type == OwnerType.people)
    owned = list(api.telephony.phone_numbers(owner_id=owner.owner_id))
    assert owned and all(row.owner.owner_id == owner.owner_id for row in owned)
    assert all(row.owner is None for row in api.telephony.phone_numbers(available=True))
    assert all(row.toll_free_number for row in api.telephony.phone_numbers(toll_free_numbers=True))
    inactive = list(api.telephony.phone_numbers(state=NumberState.inactive))
    assert len(inactive) == 2 and all(row.state == NumberState.inactive for row in inactive)
    assert len(list(api.telephony.phone_numbers(number_type=NumberType.extension))) == 5
    refused(400, 0, lambda: list(api.telephony.phone_numbers(available=True, owner_type=OwnerType.people)))


def locations(api):
    found = {location.name: location for location in api.telephony.location.list()}
    assert len(found) == 5, found
    assert found["Warehouse"].calling_line_id.phone_number is None
    one = api.telephony.location.details(found["San Francisco"].location_id)
    assert one.calling_line_id.phone_number and one.routing_prefix == "8415", one
    assert api.telephony.pstn.read(one.location_id).pstn_connection_type == PSTNType.local_gateway
    assert len(api.telephony.pstn.list(one.location_id)) == 4
    error = refused(404, 0, lambda: api.telephony.pstn.read(found["Warehouse"].location_id))
    assert json.loads(error.response.text).keys() == {"errorMessage"}
    assert list(api.telephony.location.phone_numbers(one.location_id))
    assert list(api.telephony.location.phone_numbers_available_for_external_caller_id(one.location_id))
    refused(404, 5620, lambda: api.telephony.location.details("f9079341-9cc5-4b2e-8a41-72cd9ebf7f9d"))
    return {name: location.location_id for name, location in found.items()}


def numbers(api, places):
    place = places["San Francisco"]
    verdict = api.telephony.validate_phone_numbers([NEW[0], NEW[0], "+1800"])
    states = [ValidatePhoneNumberStatusState(row.state) for row in verdict.phone_numbers]
    known = ValidatePhoneNumberStatusState
    assert verdict.status == ValidationStatus.errors
    assert states == [known.available, known.duplicate_in_list, known.invalid], states
    api_numbers = api.telephony.location.number
    assert not api_numbers.add(place, NEW[:10]).errors
    assert api.telephony.validate_phone_numbers(NEW[:1]).phone_numbers[0].state == known.duplicate
    refused(409, 8363, lambda: api_numbers.add(place, NEW[:1]))
    added = api_numbers.add(place, ["+1416", NEW[10]]).errors
    assert [row.error_code for row in added] == ["8362"], added
    (row,) = api.telephony.phone_numbers(phone_number=NEW[0])
    assert row.state == NumberState.inactive and row.location.name == "San Francisco"
    api_numbers.activate(place, NEW[:2])
    (row,) = api.telephony.phone_numbers(phone_number=NEW[0])
    assert row.state == NumberState.active
    mobiles = [f"+1415555{line:04}" for line in range(120, 141)]
    added = api_numbers.add(place, mobiles, number_type=TelephoneNumberType.mobile)
    assert len(list(api.telephony.phone_numbers(phone_number=mobiles[0]))) == 0, added
    api_numbers.remove(place, [NEW[9]])
    error = refused(502, 0, lambda: api_numbers.remove(place, [NEW[9]]))
    assert error.response.headers["cisco-spark-error-codes"] == "4251"
    refused(400, 0, lambda: api_numbers.remove(place, NEW[:6]))
    api.telephony.location.update(place, TelephonyLocation(calling_line_id=CallingLineId(phone_number=NEW[0])))
    assert api.telephony.location.details(place).calling_line_id.phone_number == NEW[0]
    refused(409, 0, lambda: api_numbers.remove(place, [NEW[0]]))
    error = refused(400, 0, lambda: api_numbers.remove(places["New York"], NEW[:1]))
    assert "ERR.V.TRM.TMN60004" in error.response.text
    address = EmergencyAddress(address1="1 Way", city="San Francisco", state="CA", postal_code="94102", country="US")
    api.telephony.emergency_address.update_for_phone_number(NEW[0], emergency_address=address)


def jobs(api, places):
    jobs_api = api.telephony.jobs.manage_numbers
    items = [NumberItem(location_id=places["San Francisco"], numbers=[NEW[1], NEW[0]])]
    job = jobs_api.initiate_job("MOVE", items, target_location_id=places["Oakland"])
    assert job.latest_execution_exit_code == "UNKNOWN", job
    refused(409, 0, lambda: jobs_api.initiate_job("MOVE", items, target_location_id=places["Oakland"]))
    while job.latest_execution_exit_code == "UNKNOWN":
        time.sleep(0.05)
        job = jobs_api.status(job.id)
    assert job.latest_execution_exit_code == "COMPLETED_WITH_ERRORS", job
    assert (job.counts.numbers_moved, job.counts.numbers_failed) == (1, 1), job.counts
    (failed,) = jobs_api.errors(job.id)
    assert failed.item == NEW[0] and failed.error.message[0].code == "BATCH-1017024", failed
    assert [row.id for row in jobs_api.list()] == [job.id]
    (row,) = api.telephony.phone_numbers(phone_number=NEW[1])
    assert row.location.name == "Oakland"


def caller_ids(api):
    rows = list(api.telephony.phone_numbers())
    first = {row.owner.owner_type: row.owner.owner_id for row in reversed(rows) if row.owner and row.extension}
    settings = [
        (api.person_settings.caller_id, first[OwnerType.people]),
        (api.workspace_settings.caller_id, first[OwnerType.place]),
        (api.telephony.virtual_lines.caller_id, first[OwnerType.virtual_line]),
    ]
    for caller_id, owner in settings:
        setting = caller_id.read(owner)
        assert setting.selected == CallerIdSelectedType.direct_line, setting
        caller_id.configure(owner, selected=CallerIdSelectedType.location_number)
        assert caller_id.read(owner).selected == CallerIdSelectedType.location_number
        caller_id.configure_settings(owner, setting)
        assert caller_id.read(owner) == setting, (caller_id.read(owner), setting)
    refused(404, 4003, lambda: settings[0][0].read("5abc823f-d60d-47e5-bf41-7a79b8061524"))


def access(url, control_url):
    refused(401, 0, lambda: client_for(url, "wrong").people.me())
    assert client_for(url).people.me().display_name
    refused(403, 0, lambda: client_for(url, "sandbox-read-only").telephony.validate_phone_numbers(NEW[:1]))
    integration = Integration(
        client_id="sandbox",
        client_secret="sandbox",
        scopes="spark-admin:telephony_config_read",
        redirect_url="http://127.0.0.1:6001/redirect",
        token_service=url + "/v1/access_token",
    )
    tokens = Tokens(refresh_token="sandbox-refresh")
    assert integration.validate_tokens(tokens) and tokens.remaining > 13 * 24 * 3600, tokens.remaining
    assert client_for(url, tokens.access_token).people.me().display_name
    fault = {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}}
    control(control_url, "POST", "/faults", {"provider": "webex", "operation": "list", "fault": fault, "count": 1})
    error = refused(429, 0, lambda: list(client_for(url).telephony.phone_numbers()))
    assert error.response.headers["Retry-After"] == "1" and error.detail.tracking_id


def main():
    url, control_url = sys.argv[1:3]
    control(control_url, "POST", "/reset")
    api = client_for(url)
    lists(api)
    places = locations(api)
    numbers(api, places)
    jobs(api, places)
    caller_ids(api)
    access(url, control_url)
    ledger = control(control_url, "GET", "/webex/ledger")
    assert not ledger["purchases"] and len(ledger["releases"]) == 1, ledger["releases"]
    print("wxc_sdk: ok")


main()
