// Drives the public Node client of Zendesk against the sandbox:
//   node zendesk_client.mjs http://127.0.0.1:9103 http://127.0.0.1:9109
// Needs `npm i node-zendesk` where node finds it (or NODE_PATH). Resets the sandbox first. Fails loudly if anything is off.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

// Looked up from the working directory, so that the library may be installed anywhere.
const { createClient } = createRequire(`${process.cwd()}/`)("node-zendesk");

const [url, controlUrl] = process.argv.slice(2);
const TALK = `${url}/api/v2/channels/voice`;

async function control(method, path, body) {
  const answer = await fetch(controlUrl + path, {
    method,
    headers: body ? { "content-type": "application/json" } : {},
    body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  const text = await answer.text();
  return text ? JSON.parse(text) : undefined;
}

function clientFor(token = "sandbox", username = "agent@example.com") {
  return createClient({ username, token, endpointUri: TALK, apiType: ["voice"] }).voice.phonenumbers;
}

// The client's own search sends a parameter that the API doesn't know, so that this one is plain.
async function search(query) {
  const answer = await fetch(`${TALK}/phone_numbers/search.json?${query}`, {
    headers: { authorization: `Basic ${btoa("agent@example.com/token:sandbox")}` },
  });
  assert.equal(answer.status, 200);
  return (await answer.json()).phone_numbers;
}

async function refused(status, call) {
  const error = await call().then(
    () => assert.fail(`expected ${status}`),
    (error) => error,
  );
  // Some of its calls wrap the error once more and keep the status in the text only.
  assert.ok(String(error).includes(`(${status})`), String(error));
}

async function numbers(client) {
  const found = await search("country=US&area_code=415");
  assert.ok(found.length >= 40 && found[0].price === "$1.15");
  const bought = [];
  for (const { token } of found.slice(0, 3)) {
    const { result } = await client.create({ phone_number: { token } });
    bought.push(result.phone_number);
  }
  const [first] = bought;
  assert.equal(first.number, found[0].number);
  assert.ok(Math.abs(Date.now() - new Date(first.created_at)) < 60_000);
  await refused(422, () => client.create({ phone_number: { token: found[0].token } }));
  const all = (await client.list()).result.phone_numbers;
  assert.deepEqual(all.map((row) => row.id), bought.map((row) => row.id));
  const { result: changed } = await client.update(first.id, { phone_number: { nickname: "Support line" } });
  assert.equal(changed.phone_number.name, "Support line");
  assert.equal((await client.show(first.id)).result.phone_number.nickname, "Support line");
  await client.delete(first.id);
  await refused(404, () => client.show(first.id));
  await refused(404, () => client.delete(first.id));
}

async function paging(client) {
  const found = await search("country=US&area_code=510");
  for (const { token } of found.slice(0, 100)) {
    await client.create({ phone_number: { token } });
  }
  // The client reads the first page only.
  const { phone_numbers: page, count, next_page: next } = (await client.list()).result;
  assert.deepEqual([page.length, count], [100, 102]);
  assert.ok(next.startsWith(`${TALK}/phone_numbers.json?`), next);
}

async function errors(client) {
  await refused(401, () => clientFor("wrong").show(1));
  await refused(400, () => client.search("415"));
  const fault = { kind: "status", status: 503 };
  await control("POST", "/faults", { provider: "zendesk", operation: "purchase", fault, count: 1 });
  const [wanted] = await search("country=US&area_code=212");
  const { count } = (await client.list()).result;
  await refused(503, () => client.create({ phone_number: { token: wanted.token } }));
  const drop = { kind: "drop_after_commit" };
  await control("POST", "/faults", { provider: "zendesk", operation: "purchase", fault: drop, count: 1 });
  await assert.rejects(client.create({ phone_number: { token: wanted.token } }));
  assert.equal((await client.list()).result.count, count + 1);
}

await control("POST", "/reset");
const client = clientFor();
await numbers(client);
await paging(client);
await errors(client);
const ledger = await control("GET", "/zendesk/ledger");
assert.deepEqual([ledger.purchases.length, ledger.releases.length, ledger.owned.length], [104, 1, 103]);
console.log("node-zendesk: ok");
