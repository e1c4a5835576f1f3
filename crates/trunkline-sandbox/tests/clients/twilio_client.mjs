// Drives Twilio's own Node library against the sandbox:
//   node twilio_client.mjs http://127.0.0.1:9101 http://127.0.0.1:9109
// Needs `npm i twilio` where node finds it (or NODE_PATH). Resets the sandbox first. Fails loudly if anything is off.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

// Looked up from the working directory, so that the library may be installed anywhere.
const twilio = createRequire(`${process.cwd()}/`)("twilio");

const ACCOUNT = `AC${"0".repeat(32)}`;
const UNKNOWN = `PN${"f".repeat(32)}`;
const [url, controlUrl] = process.argv.slice(2);

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

function clientFor(password = "sandbox", user = ACCOUNT) {
  const client = twilio(user, password, { accountSid: ACCOUNT });
  client.api.baseUrl = url;
  client.pricing.baseUrl = url;
  return client;
}

async function refused(status, code, call) {
  const error = await call().then(
    () => assert.fail(`expected ${status}/${code}`),
    (error) => error,
  );
  assert.equal(error.constructor.name, "RestException", String(error));
  assert.deepEqual([error.status, error.code], [status, code], error.message);
}

async function search(client) {
  const found = await client.availablePhoneNumbers("US").local.list({ areaCode: 510, voiceEnabled: true, limit: 20 });
  assert.equal(found.length, 20);
  assert.ok(found[0].phoneNumber.startsWith("+1510"));
  assert.equal(found[0].capabilities.SMS, true);
  assert.equal(found[0].isoCountry, "US");
  assert.ok((await client.availablePhoneNumbers("GB").tollFree.list({ limit: 3 })).length === 3);
  assert.ok((await client.availablePhoneNumbers("US").fetch()).subresourceUris.toll_free);
  const anchored = await client.availablePhoneNumbers("GB").local.list({ contains: "+44203", limit: 5 });
  assert.equal(anchored.length, 5);
  const prices = await client.pricing.v1.phoneNumbers.countries("GB").fetch();
  assert.equal(prices.priceUnit, "USD");
  return found.map((row) => row.phoneNumber);
}

async function numbers(client, wanted) {
  const bought = [];
  for (const phoneNumber of wanted.slice(0, 5)) {
    bought.push(await client.incomingPhoneNumbers.create({ phoneNumber }));
  }
  const [first] = bought;
  assert.ok(first.dateCreated instanceof Date && Math.abs(Date.now() - first.dateCreated) < 60_000);
  const again = await client.incomingPhoneNumbers.create({ phoneNumber: wanted[0] });
  assert.equal(again.sid, first.sid);
  const all = await client.incomingPhoneNumbers.list({ pageSize: 2 });
  assert.deepEqual(all.map((row) => row.sid), bought.map((row) => row.sid).reverse());
  const back = await (await client.incomingPhoneNumbers.page({ pageSize: 2 })).nextPage();
  assert.equal((await back.previousPage()).instances[0].sid, all[0].sid);
  const changed = await client
    .incomingPhoneNumbers(first.sid)
    .update({ friendlyName: "Support line", smsUrl: "https://sms.example.test/in" });
  assert.deepEqual([changed.friendlyName, changed.smsUrl], ["Support line", "https://sms.example.test/in"]);
  assert.equal((await client.incomingPhoneNumbers(first.sid).update({ smsUrl: "" })).smsUrl, "");
  assert.equal(await client.incomingPhoneNumbers(first.sid).remove(), true);
  await refused(404, 20404, () => client.incomingPhoneNumbers(first.sid).fetch());
  await refused(400, 21422, () => client.incomingPhoneNumbers.create({ phoneNumber: wanted[0] }));
  await refused(400, 21403, () => client.incomingPhoneNumbers(bought[1].sid).update({ voiceMethod: "PUT" }));
  await refused(400, 21402, () => client.incomingPhoneNumbers(bought[1].sid).update({ voiceUrl: "nowhere" }));
}

async function callerIds(client) {
  const phoneNumber = "+14155550124";
  const request = await client.validationRequests.create({ phoneNumber, friendlyName: "Front desk" });
  assert.match(request.validationCode, /^\d{6}$/);
  await control("POST", `/twilio/caller-ids/${encodeURIComponent(phoneNumber)}/answer`, { outcome: "verified" });
  const [verified] = await client.outgoingCallerIds.list({ phoneNumber });
  assert.equal(verified.friendlyName, "Front desk");
  await client.outgoingCallerIds(verified.sid).update({ friendlyName: "Reception" });
  assert.equal((await client.outgoingCallerIds(verified.sid).fetch()).friendlyName, "Reception");
  assert.equal(await client.outgoingCallerIds(verified.sid).remove(), true);
  assert.deepEqual(await client.outgoingCallerIds.list({ phoneNumber }), []);
}

async function errors(client) {
  await refused(400, 21422, () => client.incomingPhoneNumbers.create({ phoneNumber: "+15005550000" }));
  await refused(401, 20003, () => clientFor("wrong").incomingPhoneNumbers(UNKNOWN).fetch());
  await refused(401, 20003, () => clientFor("wrong").incomingPhoneNumbers.list());
  assert.ok((await clientFor("sandbox", `SK${"0".repeat(32)}`).incomingPhoneNumbers.list({ limit: 1 })).length === 1);
  const fault = { kind: "status", status: 503 };
  await control("POST", "/faults", { provider: "twilio", operation: "purchase", fault, count: 1 });
  await refused(503, 20503, () => client.incomingPhoneNumbers.create({ phoneNumber: "+15005550006" }));
  const drop = { kind: "drop_after_commit" };
  await control("POST", "/faults", { provider: "twilio", operation: "purchase", fault: drop, count: 1 });
  const [wanted] = await client.availablePhoneNumbers("US").local.list({ areaCode: 212, limit: 1 });
  await assert.rejects(client.incomingPhoneNumbers.create({ phoneNumber: wanted.phoneNumber }));
  assert.equal((await client.incomingPhoneNumbers.list({ phoneNumber: wanted.phoneNumber })).length, 1);
}

await control("POST", "/reset");
const client = clientFor();
await numbers(client, await search(client));
await callerIds(client);
await errors(client);
const ledger = await control("GET", "/twilio/ledger");
assert.deepEqual([ledger.purchases.length, ledger.releases.length, ledger.owned.length], [6, 1, 5]);
console.log("twilio-node: ok");
