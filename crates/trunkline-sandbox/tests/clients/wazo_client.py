"""Drives the sandbox's Wazo as wazo-auth-client and wazo-confd-client do:
python wazo_client.py http://127.0.0.1:9105 http://127.0.0.1:9109

Those libraries are in no registry, so this sends what they send with Python's own HTTP client: a connection for every
request, booleans with a capital letter, whole objects in updates. Resets the sandbox first. Ends with a non-zero status
if anything is off.
"""

import base64
import http.client
import json
import sys
import urllib.parse

USER = PASSWORD = "sandbox"
TENANT = "00000000-0000-4000-8000-000000000001"
SUBTENANT = "00000000-0000-4000-8000-000000000002"


class Refused(Exception):
    """An answer of 400 or more."""

    def __init__(self, status, body):
        super().__init__(status, body)
        self.status, self.body = status, body


def send(url, method, path, headers, body=None):
    """Sends one request over a connection of its own; returns headers and body."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    headers = {"Accept": "application/json", "Connection": "close", **headers}
    if body is not None:
        headers["Content-Type"] = "application/json"
    elif method in ("DELETE", "PUT", "POST"):
        headers["Content-Length"] = "0"
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    is_json = answer.headers.get_content_type() == "application/json"
    body = json.loads(text) if text and is_json else text
    if answer.status >= 400:
        raise Refused(answer.status, body)
    return answer, body


class Auth:
    def __init__(self, url):
        self.url = url

    def new_token(self, password=PASSWORD, **body):
        login = base64.b64encode(f"{USER}:{password}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "User-Agent": "Python wazo_auth_client"}
        _, answer = send(self.url, "POST", "/api/auth/0.1/token", headers, body)
        return answer["data"]

    def is_valid(self, token, **query):
        path = f"/api/auth/0.1/token/{token}?{urllib.parse.urlencode(query)}"
        try:
            answer, _ = send(self.url, "HEAD", path, {})
        except Refused as refused:
            assert refused.status in (403, 404), refused
            return False
        assert answer.status == 204, answer.status
        return True

    def revoke(self, token):
        send(self.url, "DELETE", f"/api/auth/0.1/token/{token}", {})


class Confd:
    """The phone-number part of the confd client. An object that it returns can be changed and sent back."""

    def __init__(self, url, token, tenant=None):
        self.url = url
        self.headers = {"X-Auth-Token": token}
        if tenant:
            self.headers["Wazo-Tenant"] = tenant

    def call(self, method, path, body=None):
        return send(self.url, method, f"/api/confd/1.1{path}", self.headers, body)

    def list(self, recurse=False, **query):
        query = urllib.parse.urlencode({"recurse": recurse, **query})
        return self.call("GET", f"/phone-numbers?{query}")[1]

    def get(self, uuid):
        return self.call("GET", f"/phone-numbers/{uuid}")[1]

    def create(self, **body):
        return self.call("POST", "/phone-numbers", body)[1]

    def update(self, number):
        body = {name: value for name, value in number.items() if name != "links"}
        answer, text = self.call("PUT", f"/phone-numbers/{number['uuid']}", body)
        assert (answer.status, text) == (204, ""), (answer.status, text)

    def delete(self, uuid):
        assert self.call("DELETE", f"/phone-numbers/{uuid}")[0].status == 204

    def set_main(self, uuid):
        self.call("PUT", "/phone-numbers/main", {"phone_number_uuid": uuid})

    def caller_ids(self, user):
        return self.call("GET", f"/users/{user}/callerids/outgoing")[1]


def refused(status, part, call):
    """Checks that a call is refused with that status and that text somewhere in the body."""
    try:
        call()
    except Refused as error:
        assert error.status == status and part in str(error.body), error
        return
    raise AssertionError(f"expected {status}")


def tokens(url):
    auth = Auth(url)
    token = auth.new_token(expiration=600)
    assert token["metadata"]["tenant_uuid"] == TENANT and not token["utc_expires_at"].endswith("Z"), token
    right = "confd.phone-numbers.read"
    assert auth.is_valid(token["token"], scope=right, tenant=SUBTENANT)
    assert not auth.is_valid(token["token"], scope="calld.calls.read")
    refused(401, "Authentication Failed", lambda: auth.new_token(password="wrong"))
    assert Confd(url, token["token"]).list() == {"total": 0, "items": []}
    auth.revoke(token["token"])
    assert not auth.is_valid(token["token"])
    refused(401, right, Confd(url, token["token"]).list)
    return auth.new_token()["token"]


def numbers(confd):
    first = confd.create(number="+14165550142", caller_id_name="Northwind", shared=True)
    assert list(first) == ["uuid", "tenant_uuid", "number", "caller_id_name", "main", "shared", "links"], first
    refused(400, "already exists", lambda: confd.create(number="+14165550142"))
    refused(400, "not a valid digit-only phone number", lambda: confd.create(number="555-0142"))
    bare = confd.create(number="4165550143")
    assert (bare["caller_id_name"], bare["shared"], bare["main"]) == (None, False, False), bare
    bare["caller_id_name"] = "Front desk"
    bare["main"] = True
    confd.update(bare)
    shown = confd.get(bare["uuid"])
    assert shown == {**bare, "main": False}, shown
    assert [row["number"] for row in confd.list(shared=True)["items"]] == ["+14165550142"]
    assert [row["number"] for row in confd.list(number="+14165550142")["items"]] == ["+14165550142"]
    page = confd.list(order="number", direction="desc", limit=1, offset=0, search="416")
    assert page["total"] == 2 and [row["number"] for row in page["items"]] == ["4165550143"], page
    refused(400, "was not found", lambda: confd.list(order="nope"))
    confd.set_main(bare["uuid"])
    kinds = [row["type"] for row in confd.caller_ids(42)["items"]]
    assert kinds == ["main", "associated", "shared", "anonymous"], kinds
    shown = confd.get(bare["uuid"])
    assert shown["main"] is True and shown["shared"] is True, shown
    refused(500, "phone_number_shared_if_main", lambda: confd.update({**shown, "shared": False}))
    confd.delete(bare["uuid"])
    refused(404, "UUID('" + bare["uuid"] + "')", lambda: confd.delete(bare["uuid"]))
    refused(404, "404 Not Found", lambda: confd.get("42"))
    refused(405, "not allowed", lambda: confd.call("DELETE", "/phone-numbers"))


def tenants(url, token):
    below = Confd(url, token, SUBTENANT)
    number = below.create(number="+14165550142")
    above = Confd(url, token, TENANT)
    assert above.get(number["uuid"])["tenant_uuid"] == SUBTENANT
    assert (above.list()["total"], above.list(recurse=True)["total"], below.list()["total"]) == (1, 2, 1)
    refused(401, token, Confd(url, token, "11111111-1111-4111-8111-111111111111").list)


def main():
    url, control_url = sys.argv[1:3]
    send(control_url, "POST", "/reset", {})
    token = tokens(url)
    numbers(Confd(url, token))
    tenants(url, token)
    _, ledger = send(control_url, "GET", "/wazo/ledger", {})
    assert len(ledger["owned"]) == 2 and len(ledger["releases"]) == 1 and not ledger["purchases"], ledger
    print("wazo clients: ok")


main()
