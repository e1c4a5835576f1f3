import assert from "node:assert/strict";
import { test } from "node:test";

import { InvalidWebhook, verifyWebhook } from "../src/index";

// The example of the Standard Webhooks specification.
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const body = '{"test": 2432232314}';
const sent = 1614265330;
const headers = {
  "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
  "webhook-timestamp": String(sent),
  "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};

test("signature of the specification is accepted", () => {
  assert.deepEqual(verifyWebhook(secret, headers, body, { now: sent + 5 }), { test: 2432232314 });
  const both = { ...headers, "webhook-signature": `v1,AAAA ${headers["webhook-signature"]}` };
  assert.ok(verifyWebhook(secret, both, Buffer.from(body), { now: sent }));
});

test("anything else is refused", () => {
  const refused: [Record<string, string>, string, number][] = [
    [headers, `${body} `, sent],
    [headers, body, sent + 301],
    [headers, body, sent - 301],
    [headers, body, NaN],
    [{ ...headers, "Webhook-Id": "msg_other" }, body, sent],
    [{ ...headers, "webhook-timestamp": "soon" }, body, sent],
    [{ ...headers, "webhook-signature": "v1,é" }, body, sent],
    [{ ...headers, "webhook-signature": "" }, body, sent],
    [{}, body, sent],
  ];
  for (const [given, text, now] of refused) {
    assert.throws(() => verifyWebhook(secret, given, text, { now }), InvalidWebhook);
  }
});
