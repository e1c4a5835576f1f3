// Against a gateway over fake carriers: `clients/run` starts it, and names it in TRUNKLINE_URL and TRUNKLINE_CONTROL.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { ApiError, Incomplete, Trunkline, Unreachable, Unsettled, api } from "../src/index";
import { retrying } from "../src/retry";

async function control(method: string, path: string, body?: unknown): Promise<any> {
  const answer = await fetch(process.env.TRUNKLINE_CONTROL + path, {
    method,
    headers: { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  const text = await answer.text();
  return text ? JSON.parse(text) : undefined;
}

const fail = (provider: string, operation: string, count: number, fault: object) =>
  control("POST", "/faults", { provider, operation, count, fault });

async function sold(number: string): Promise<number> {
  const { purchases } = await control("GET", "/twilio/ledger");
  return purchases.filter((row: { number: string }) => row.number === number).length;
}

/** Carries requests out, and loses the first answers. */
function losing(lost: number): { fetch: typeof fetch; keys: (string | null)[] } {
  const keys: (string | null)[] = [];
  return {
    keys,
    fetch: async (input, init) => {
      keys.push((input as Request).headers.get("Idempotency-Key"));
      const answer = await fetch(input, init);
      if (keys.length <= lost) {
        await answer.body?.cancel();
        throw new TypeError("the connection was closed");
      }
      return answer;
    },
  };
}

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

const client = new Trunkline();

test("purchase whose answers are lost is bought once", async () => {
  const { fetch, keys } = losing(2);
  const bought = await new Trunkline({ fetch }).buy({ account: "twilio", number: "+14152000137", label: "Support" });
  assert.equal(bought.purchase.state, "succeeded");
  assert.equal(keys.length, 3);
  assert.equal(new Set(keys).size, 1);
  assert.ok(keys[0]);
  assert.equal(await sold("+14152000137"), 1);
});

test("key of the caller buys once", async () => {
  const order = { key: "order-1042", criteria: { country: "US", area_code: "212" } };
  const first = await client.buy(order);
  assert.equal((await client.buy(order)).number?.id, first.number?.id);
  await assert.rejects(client.buy({ key: "order-1042", account: "twilio", number: "+14152000193" }), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.status, error.kind, error.idempotencyKey], [422, "conflict", "order-1042"]);
    return true;
  });
});

test("open outcome is unsettled", async () => {
  await fail("twilio", "purchase", 1, { kind: "drop_before_commit" });
  await fail("twilio", "list", 1, { kind: "delay", ms: 1 });
  await fail("twilio", "list", 100, { kind: "status", status: 503 });
  const open = client.buy({ account: "twilio", number: "+14152000249", wait: 1_000 });
  await assert.rejects(open, (error) => error instanceof Unsettled && Boolean(error.idempotencyKey));
  await control("DELETE", "/faults");
});

test("lost write names the key to repeat it with", async () => {
  const { fetch } = losing(100);
  const impatient = new Trunkline({ fetch, patience: 300 });
  const order = { account: "signalwire", number: "+14153000193" };
  let key: string | undefined;
  await assert.rejects(impatient.buy(order), (error) => {
    assert.ok(error instanceof Unreachable);
    key = error.idempotencyKey;
    return Boolean(key);
  });
  assert.equal((await client.buy({ ...order, key })).number?.number, "+14153000193");
});

test("problem is an error with its kind", async () => {
  await assert.rejects(client.search({ country: "XX" }), (error) => {
    assert.ok(error instanceof ApiError && error.kind === "invalid_request");
    assert.equal(error.problem.errors?.[0]?.field, "country");
    return true;
  });
  await assert.rejects(client.number(`twilio:PN${"0".repeat(32)}`), { kind: "not_found" });
});

test("pages are followed to the end", async () => {
  const once = (await all(client.numbers())).map((number) => number.id);
  const paged = (await all(client.numbers({ limit: 3 }))).map((number) => number.id);
  assert.ok(paged.length > 3);
  assert.deepEqual(new Set(paged), new Set(once));
  assert.ok((await all(client.pages(api.listPurchases, { limit: 1 }))).length > 1);
});

test("operations of the whole tour work", async () => {
  const [offer] = await client.search({ country: "US", area_code: "510", accounts: "twilio" });
  const bought = await client.buy({ offer: offer?.offer });
  const id = bought.number?.id ?? "";
  assert.equal((await client.update(id, { label: "Front desk" })).label, "Front desk");
  const span = { account: "wazo", start_number: "+14155550100", end_number: "+14155550104" };
  assert.equal((await client.call(api.registerRange, { body: span })).created, 5);
  await client.release(id);
  await assert.rejects(client.number(id), { kind: "not_found" });
  const events = await all(client.events());
  assert.ok(events.some((event) => event.type === "number.released"));
  assert.deepEqual(await all(client.events({ after: events.at(-1)?.id })), []);
});

test("example of the README works", async () => {
  const text = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
  const example = text("./example.ts").replace("../src/index", "trunkline-client");
  assert.ok(text("../README.md").includes(example));
  await import("./example");
});

/** A `fetch` that gives these answers, and the pauses that are made. */
function answering(...answers: [number, Record<string, string>][]): { fetch: typeof fetch; pauses: number[] } {
  const pauses: number[] = [];
  const answer = async () => {
    const [status, headers] = answers.shift() ?? [200, {}];
    return new Response("{}", { status, headers });
  };
  const pausing = async (wait: number) => void pauses.push(wait);
  return { fetch: retrying(answer, 60_000, 1_000, pausing), pauses };
}

test("wait that the gateway asks for is kept", async () => {
  const { fetch, pauses } = answering([429, { "Retry-After": "7" }], [503, { "Retry-After": "2" }]);
  assert.equal((await fetch("http://gateway/v1/numbers", { method: "POST", body: "{}" })).status, 200);
  assert.deepEqual(pauses, [7_000, 2_000]);
});

test("longer wait than the patience is the caller's", async () => {
  const { fetch, pauses } = answering([429, { "Retry-After": "3600" }]);
  assert.equal((await fetch("http://gateway/v1/numbers")).status, 429);
  assert.deepEqual(pauses, []);
});

test("refusal is not sent again", async () => {
  for (const status of [400, 401, 402, 403, 404, 409, 422, 423, 500, 502]) {
    const { fetch, pauses } = answering([status, {}]);
    assert.equal((await fetch("http://gateway/v1/numbers", { method: "POST", body: "{}" })).status, status);
    assert.deepEqual(pauses, []);
  }
});

// The last one: the account is not asked again for a while.
test("list without an account says so", async () => {
  await fail("webex", "list", 100, { kind: "status", status: 503 });
  const asked = { account: "twilio,webex", timeout_ms: 1_500 };
  await assert.rejects(all(client.numbers(asked)), (error) => {
    assert.ok(error instanceof Incomplete);
    assert.deepEqual(error.sources.map((source) => source.account), ["webex"]);
    return true;
  });
  await all(client.numbers({ ...asked, partial: true }));
  await control("DELETE", "/faults");
});
