"""Takes the README's tour with the generated Python client: tour.py http://127.0.0.1:8080 http://127.0.0.1:9109

Ends with a non-zero status if anything is off.
"""

import json
import sys
import time
import urllib.request

from trunkline_client import Client
from trunkline_client.api.caller_ids import get_caller_id, start_caller_id
from trunkline_client.api.numbers import (
    get_number,
    list_numbers,
    register_range,
    release_number,
    set_main_number,
    update_number,
)
from trunkline_client.api.purchases import list_purchases, purchase
from trunkline_client.api.search import search
from trunkline_client.models import (
    CallerIdRequest,
    Ceiling,
    Criteria,
    MainNumberRequest,
    NumberPatch,
    Problem,
    PurchaseRequest,
    RangeRequest,
    RoutingPatch,
    RoutingPatchType,
    RoutingWebhook,
)

URL, CONTROL = sys.argv[1:3]
client = Client(base_url=URL, raise_on_unexpected_status=True)


def control(method, path, body=None):
    """Sends a request to the sandbox and returns what it answers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        CONTROL + path, data=data, method=method, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or b"null")


def good(answer, status=200):
    """What was answered, if it was answered so."""
    assert answer.status_code == status, (answer.status_code, answer.content)
    assert answer.headers["x-request-id"]
    return answer.parsed


def buy(key, **order):
    return purchase.sync_detailed(client=client, idempotency_key=key, body=PurchaseRequest(**order))


# Search: every carrier at once.
found = good(search.sync_detailed(client=client, country="US", area_code="415", limit=6))
assert len(found.data) == 6 and all(row.offer.startswith("of_") for row in found.data)
assert {source.account for source in found.sources} >= {"twilio", "signalwire", "zendesk"}
refused = search.sync_detailed(client=client, country="XX")
assert isinstance(refused.parsed, Problem) and refused.parsed.errors[0].field == "country"

# Buy, and repeat it: the same answer, byte for byte.
first = buy("order-1", account="twilio", number="+14152000137", label="Support line")
again = buy("order-1", account="twilio", number="+14152000137", label="Support line")
bought = good(first, 201)
assert bought.purchase.state == "succeeded" and bought.number.label == "Support line"
assert again.content == first.content and again.headers["idempotent-replayed"] == "true"
assert len(control("GET", "/twilio/ledger")["purchases"]) == 1
mismatch = buy("order-1", account="twilio", number="+14152000193")
assert (mismatch.status_code, mismatch.parsed.kind) == (422, "conflict")

# Lose the answer on purpose.
lost = {"kind": "drop_after_commit"}
control("POST", "/faults", {"provider": "twilio", "operation": "purchase", "fault": lost, "count": 1})
good(buy("order-2", account="twilio", number="+14152000193", label="Sales"), 201)
states = [row.state for row in good(list_purchases.sync_detailed(client=client)).data]
assert states == ["succeeded", "succeeded"], states

# Leave the choice to trunkline, and list what is held.
ceiling = Ceiling(amount="2.00", currency="USD")
criteria = Criteria(country="US", area_code="510")
cheap = good(buy("order-3", criteria=criteria, strategy="cheapest", max_monthly_price=ceiling), 201)
taken = [row for row in cheap.purchase.candidates if row.state == "taken"]
assert len(taken) == 1 and taken[0].reason
held, cursor = [], None
while True:
    page = good(list_numbers.sync_detailed(client=client, limit=2, **({"cursor": cursor} if cursor else {})))
    held += page.data
    cursor = page.next_cursor
    if not cursor:
        break
assert bought.number.id in {row.id for row in held}

# Register what is held elsewhere.
span = RangeRequest(account="wazo", start_number="+14155550100", end_number="+14155550104")
assert good(register_range.sync_detailed(client=client, body=span)).created == 5
main = good(set_main_number.sync_detailed("wazo", client=client, body=MainNumberRequest(number="+14155550100")))
assert main.main

# Show it, change it.
shown = good(get_number.sync_detailed("+14152000137", client=client))
assert shown.id == bought.number.id
voice = RoutingPatch(type_=RoutingPatchType.WEBHOOK, url="https://voice.example.com/in")
changed = good(update_number.sync_detailed(shown.id, client=client, body=NumberPatch(voice=voice)))
assert isinstance(changed.voice, RoutingWebhook) and changed.voice.url == "https://voice.example.com/in"

# Prove a caller ID.
wanted = CallerIdRequest(account="twilio", number="+14155550177", label="Front desk")
started = good(start_caller_id.sync_detailed(client=client, body=wanted), 201)
assert started.state == "pending" and len(started.validation_code) == 6
control("POST", "/twilio/caller-ids/+14155550177/answer", {"outcome": "verified"})
for _ in range(50):
    proved = good(get_caller_id.sync_detailed(started.id, client=client))
    if proved.state == "verified":
        break
    time.sleep(0.1)
assert proved.state == "verified", proved

# Give it back: what is gone is gone.
assert release_number.sync_detailed(shown.id, client=client).status_code == 204
gone = get_number.sync_detailed("+14152000137", client=client)
assert gone.status_code == 404 and gone.parsed.kind == "not_found"
print("the tour works with the generated Python client")
