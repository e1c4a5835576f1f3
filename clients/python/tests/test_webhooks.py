import pytest

from trunkline_client import InvalidWebhook, verify_webhook

# The example of the Standard Webhooks specification.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
SENT = 1614265330
HEADERS = {
    "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(SENT),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_signature_of_the_specification_is_accepted():
    assert verify_webhook(SECRET, HEADERS, BODY, now=SENT + 5) == {"test": 2432232314}


def test_one_right_signature_of_several_is_enough():
    both = {**HEADERS, "webhook-signature": "v1,AAAA " + HEADERS["webhook-signature"]}
    assert verify_webhook(SECRET, both, BODY, now=SENT)


@pytest.mark.parametrize(
    "headers, body, now",
    [
        (HEADERS, BODY + b" ", SENT),
        (HEADERS, BODY, SENT + 301),
        (HEADERS, BODY, SENT - 301),
        ({**HEADERS, "Webhook-Id": "msg_other"}, BODY, SENT),
        ({**HEADERS, "webhook-timestamp": "soon"}, BODY, SENT),
        ({**HEADERS, "webhook-signature": "v1,\u00e9"}, BODY, SENT),
        ({**HEADERS, "webhook-signature": ""}, BODY, SENT),
        ({}, BODY, SENT),
    ],
)
def test_anything_else_is_refused(headers, body, now):
    with pytest.raises(InvalidWebhook):
        verify_webhook(SECRET, headers, body, now=now)
