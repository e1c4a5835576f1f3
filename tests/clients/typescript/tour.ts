// Takes the README's tour with the generated TypeScript client: tsx tour.ts http://127.0.0.1:8080 http://127.0.0.1:9109
// Ends with a non-zero status if anything is off.

import assert from "node:assert/strict";

import { client } from "./client/client.gen";
import * as api from "./client";

const [baseUrl, controlUrl] = process.argv.slice(2);
client.setConfig({ baseUrl });

async function control(method: string, path: string, body?: unknown): Promise<any> {
  const answer = await fetch(controlUrl + path, {
    method,
    headers: { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  const text = await answer.text();
  return text ? JSON.parse(text) : undefined;
}

/** What was answered, if it was answered so. */
function good<T>(answer: { data?: T; error?: unknown; response?: Response }, status = 200): NonNullable<T> {
  assert.equal(answer.response?.status, status, JSON.stringify(answer.error));
  assert.ok(answer.response?.headers.get("x-request-id"));
  return answer.data as NonNullable<T>;
}

const buy = (key: string, body: api.PurchaseRequest) =>
  api.purchase({ headers: { "Idempotency-Key": key }, body });

// Search: every carrier at once.
const found = good(await api.search({ query: { country: "US", area_code: "415", limit: 6 } }));
assert.ok(typeof found !== "string" && found.data.length === 6);
const refused = await api.search({ query: { country: "XX" } });
assert.equal(refused.error?.errors?.[0]?.field, "country");

// Buy, and repeat it: the same answer.
const order = { account: "twilio", number: "+14152000137", label: "Support line" };
const bought = good(await buy("order-1", order), 201);
const again = await buy("order-1", order);
assert.deepEqual(again.data, bought);
assert.equal(again.response?.headers.get("idempotent-replayed"), "true");
assert.equal(bought.purchase.state, "succeeded");
assert.equal((await control("GET", "/twilio/ledger")).purchases.length, 1);
const mismatch = await buy("order-1", { ...order, number: "+14152000193" });
assert.deepEqual([mismatch.response?.status, mismatch.error?.kind], [422, "conflict"]);

// Lose the answer on purpose.
const fault = { kind: "drop_after_commit" };
await control("POST", "/faults", { provider: "twilio", operation: "purchase", fault, count: 1 });
good(await buy("order-2", { account: "twilio", number: "+14152000193", label: "Sales" }), 201);
const purchases = good(await api.listPurchases());
assert.deepEqual(purchases.data.map((row) => row.state), ["succeeded", "succeeded"]);

// Leave the choice to trunkline, and list what is held.
const cheapest: api.PurchaseRequest = {
  criteria: { country: "US", area_code: "510" },
  strategy: "cheapest",
  max_monthly_price: { amount: "2.00", currency: "USD" },
};
const chosen = good(await buy("order-3", cheapest), 201);
assert.equal(chosen.purchase.candidates.filter((row) => row.state === "taken").length, 1);
const held: string[] = [];
let cursor: string | null | undefined;
do {
  const page = good(await api.listNumbers({ query: { limit: 2, ...(cursor ? { cursor } : {}) } }));
  assert.ok(typeof page !== "string");
  held.push(...page.data.map((row) => row.id));
  cursor = page.next_cursor;
} while (cursor);
assert.ok(bought.number && held.includes(bought.number.id));

// Register what is held elsewhere.
const span = { account: "wazo", start_number: "+14155550100", end_number: "+14155550104" };
assert.equal(good(await api.registerRange({ body: span })).created, 5);
const main = await api.setMainNumber({ path: { account: "wazo" }, body: { number: "+14155550100" } });
assert.ok(good(main).main);

// Show it, change it.
const shown = good(await api.getNumber({ path: { id: "+14152000137" } }));
assert.equal(shown.id, bought.number.id);
const voice = { type: "webhook", url: "https://voice.example.com/in" } as const;
const changed = good(await api.updateNumber({ path: { id: shown.id }, body: { voice } }));
assert.ok(changed.voice.type === "webhook" && changed.voice.url === voice.url);

// Prove a caller ID.
const wanted = { account: "twilio", number: "+14155550177", label: "Front desk" };
const started = good(await api.startCallerId({ body: wanted }), 201);
assert.deepEqual([started.state, started.validation_code?.length], ["pending", 6]);
await control("POST", "/twilio/caller-ids/+14155550177/answer", { outcome: "verified" });
let proved = started;
for (let tries = 0; tries < 50 && proved.state !== "verified"; tries += 1) {
  proved = good(await api.getCallerId({ path: { id: started.id } }));
}
assert.equal(proved.state, "verified");

// Give it back: what is gone is gone.
const released = await api.releaseNumber({ path: { id: shown.id } });
assert.equal(released.response?.status, 204);
const gone = await api.getNumber({ path: { id: "+14152000137" } });
assert.deepEqual([gone.response?.status, gone.error?.kind], [404, "not_found"]);
console.log("the tour works with the generated TypeScript client");
