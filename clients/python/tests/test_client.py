import contextlib
import io
import pathlib
import re

import httpx
import pytest
from conftest import Losing, control, fail, sold

from trunkline_client import (
    Conflict,
    Incomplete,
    InvalidRequest,
    NotFound,
    Trunkline,
    Unreachable,
    Unsettled,
)
from trunkline_client.openapi.api.accounts import list_accounts
from trunkline_client.openapi.api.caller_ids import get_caller_id, start_caller_id
from trunkline_client.openapi.api.numbers import register_range, set_main_number
from trunkline_client.openapi.api.purchases import list_purchases
from trunkline_client.openapi.models import CallerIdRequest, MainNumberRequest, RangeRequest
from trunkline_client.transport import Retrying


def test_purchase_whose_answers_are_lost_is_bought_once():
    losing = Losing(2)
    with Trunkline(transport=losing) as client:
        bought = client.buy(account="twilio", number="+14152000137", label="Support line")
    assert bought.purchase.state == "succeeded" and bought.number.label == "Support line"
    assert len(losing.keys) == 3 and len(set(losing.keys)) == 1 and losing.keys[0]
    assert sold("+14152000137") == 1


def test_answer_that_the_carrier_loses_is_settled(client):
    fail("twilio", "purchase", 1, kind="drop_after_commit")
    bought = client.buy(account="twilio", number="+14152000193")
    assert bought.purchase.state == "succeeded" and sold("+14152000193") == 1


def test_key_of_the_caller_buys_once(client):
    order = {"criteria": {"country": "US", "area_code": "212"}}
    first = client.buy(key="order-1042", **order)
    again = client.buy(key="order-1042", **order)
    assert first.number.id == again.number.id
    with pytest.raises(Conflict) as mismatch:
        client.buy(key="order-1042", account="twilio", number="+14152000249")
    assert mismatch.value.status == 422 and mismatch.value.idempotency_key == "order-1042"


def test_calls_without_a_key_are_two_orders(client):
    order = {"criteria": {"country": "US", "area_code": "212"}}
    assert client.buy(**order).number.id != client.buy(**order).number.id


def test_open_outcome_is_unsettled_and_settled_later_under_its_key(client):
    fail("twilio", "purchase", 1, kind="drop_before_commit")
    fail("twilio", "list", 1, kind="delay", ms=1)
    fail("twilio", "list", 100, kind="status", status=503)
    with pytest.raises(Unsettled) as unsettled:
        client.buy(account="twilio", number="+14152000305", wait=1)
    assert unsettled.value.purchase.id.startswith("pur_")
    control("DELETE", "/faults")
    key = unsettled.value.idempotency_key
    assert next(p for p in client.purchases() if p.id == unsettled.value.purchase.id).idempotency_key == key


def test_lost_write_names_the_key_to_repeat_it_with():
    with Trunkline(transport=Losing(100), patience=0.3) as client, pytest.raises(Unreachable) as lost:
        client.buy(account="twilio", number="+14152000361")
    with Trunkline() as client:
        bought = client.buy(key=lost.value.idempotency_key, account="twilio", number="+14152000361")
    assert bought.number.number == "+14152000361" and sold("+14152000361") == 1


def test_problem_is_an_error_of_its_kind(client):
    with pytest.raises(InvalidRequest) as wrong:
        client.search("XX")
    assert wrong.value.errors[0]["field"] == "country" and wrong.value.request_id
    with pytest.raises(NotFound):
        client.number("twilio:PN" + "0" * 32)


def test_pages_are_followed_to_the_end(client):
    once = {number.id for number in client.numbers()}
    paged = [number.id for number in client.numbers(limit=3)]
    assert len(paged) > 3 and set(paged) == once
    purchases = [purchase.id for purchase in client.pages(list_purchases, limit=1)]
    assert len(purchases) == len(set(purchases)) > 1


def answering(*answers):
    """A transport that gives these answers, the pauses that are made, and the keys that arrive."""
    pauses, keys, left = [], [], list(answers)

    def answer(request):
        keys.append(request.headers.get("Idempotency-Key"))
        status, headers = left.pop(0)
        return httpx.Response(status, headers=headers, json={"kind": "rate_limited"})

    return Retrying(httpx.MockTransport(answer), 60.0, pauses.append), pauses, keys


def test_wait_that_the_gateway_asks_for_is_kept():
    transport, pauses, keys = answering((429, {"Retry-After": "7"}), (503, {"Retry-After": "2"}), (200, {}))
    response = transport.handle_request(httpx.Request("POST", "http://gateway/v1/numbers", json={}))
    assert response.status_code == 200 and pauses == [7.0, 2.0]
    assert len(set(keys)) == 1 and keys[0]


def test_longer_wait_than_the_patience_is_the_callers():
    transport, pauses, _ = answering((429, {"Retry-After": "3600"}))
    response = transport.handle_request(httpx.Request("GET", "http://gateway/v1/numbers"))
    assert response.status_code == 429 and not pauses


def test_refusal_is_not_sent_again():
    for status in (400, 401, 402, 403, 404, 409, 422, 423, 500, 502):
        transport, pauses, _ = answering((status, {}))
        transport.handle_request(httpx.Request("POST", "http://gateway/v1/numbers", json={}))
        assert not pauses, status


def test_operations_of_the_whole_tour_work(client):
    assert {account.name for account in client.call(list_accounts).data} >= {"twilio", "wazo"}
    found = client.search("US", area_code="415", limit=3)
    bought = client.buy(offer=found[0].offer)
    changed = client.update(bought.number.id, label="Front desk")
    assert changed.label == "Front desk"
    span = RangeRequest(account="wazo", start_number="+14155550100", end_number="+14155550104")
    assert client.call(register_range, body=span).created == 5
    assert client.call(set_main_number, "wazo", body=MainNumberRequest(number="+14155550100")).main
    wanted = CallerIdRequest(account="twilio", number="+14155550177", label="Front desk")
    started = client.call(start_caller_id, body=wanted)
    control("POST", "/twilio/caller-ids/+14155550177/answer", {"outcome": "verified"})
    assert client.call(get_caller_id, started.id).id == started.id
    twilio = client.buy(criteria={"country": "US", "area_code": "510", "accounts": ["twilio"]}).number
    client.release(twilio.id)
    with pytest.raises(NotFound):
        client.number(twilio.id)
    events = list(client.events())
    assert "number.released" in {event.type_ for event in events}
    assert list(client.events(after=events[-1].id)) == []


def test_examples_of_the_readme_work(tmp_path, monkeypatch):
    readme = pathlib.Path(__file__).parents[1] / "README.md"
    program = "\n".join(re.findall(r"```python\n(.*?)```", readme.read_text(), re.S))
    monkeypatch.chdir(tmp_path)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(program, str(readme), "exec"), {"__name__": "readme"})
    assert "+1415" in out.getvalue()


# The last one: the account is not asked again for a while.
def test_list_without_an_account_says_so(client):
    fail("webex", "list", 100, kind="status", status=503)
    with pytest.raises(Incomplete) as incomplete:
        list(client.numbers(account="twilio,webex", timeout_ms=1500))
    assert [source.account for source in incomplete.value.sources] == ["webex"]
    assert list(client.numbers(account="twilio,webex", timeout_ms=1500, partial=True))
