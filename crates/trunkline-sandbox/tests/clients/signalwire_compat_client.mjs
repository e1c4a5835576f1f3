// Drives SignalWire's own compatibility library for Node against the sandbox:
//   node signalwire_compat_client.mjs http://127.0.0.1:9102 http://127.0.0.1:9109
// Needs `npm i @signalwire/compatibility-api` in the working directory. Resets the sandbox first. Fails loudly if
// anything is off.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

// Looked up from the working directory, so that the library may be installed anywhere.
const { RestClient } = createRequire(`${process.cwd()}/`)("@signalwire/compatibility-api");

const PROJECT = "00000000-0000-4000-8000-000000000000";
const UNKNOWN = "ffffffff-ffff-4fff-8fff-ffffffffffff";
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

function clientFor(token = "sandbox") {
  const client = new RestClient(PROJECT, token, { signalwireSpaceUrl: url.replace("http://", "") });
  client.api.baseUrl = url;
  return client;
}

async function refused(status, code, call) {
  const error = await call().then(
    () => assert.fail(`expected ${status}/${code}`),
    (error) => error,
  );
  assert.deepEqual([error.status, error.code], [status, code], String(error));
}

async function numbers(client) {
  const onSale = client.availablePhoneNumbers("US");
  const found = await onSale.local.list({ areaCode: 510, limit: 20 });
  assert.equal(found.length, 20);
  assert.ok(found[0].phoneNumber.startsWith("+1510"));
  assert.equal(found[0].capabilities.SMS, true);
  assert.equal((await onSale.tollFree.list({ limit: 3 })).length, 3);
  const bought = [];
  for (const { phoneNumber } of found.slice(0, 5)) {
    bought.push(await client.incomingPhoneNumbers.create({ phoneNumber, friendlyName: "Front desk" }));
  }
  const [first] = bought;
  assert.equal(first.friendlyName, "Front desk");
  assert.ok(first.dateCreated instanceof Date && first.accountSid === PROJECT);
  const all = await client.incomingPhoneNumbers.list({ pageSize: 2 });
  assert.deepEqual(all.map((row) => row.sid), bought.map((row) => row.sid).reverse());
  const [exact] = await client.incomingPhoneNumbers.list({ phoneNumber: first.phoneNumber });
  assert.equal(exact.sid, first.sid);
  const changed = await client.incomingPhoneNumbers(first.sid).update({ smsUrl: "https://sms.example.test/in" });
  assert.equal(changed.smsUrl, "https://sms.example.test/in");
  assert.equal((await client.incomingPhoneNumbers(first.sid).fetch()).smsUrl, changed.smsUrl);
  await refused(422, "22121", () => client.incomingPhoneNumbers(first.sid).remove());
  await control("POST", "/clock", { advance_seconds: 15 * 86400 });
  assert.equal(await client.incomingPhoneNumbers(first.sid).remove(), true);
  await refused(404, "20404", () => client.incomingPhoneNumbers(first.sid).remove());
}

async function errors(client) {
  const create = (fields) => () => client.incomingPhoneNumbers.create(fields);
  await refused(422, "10000", create({ phoneNumber: "+14155550100" }));
  await refused(400, "21401", create({ phoneNumber: "nonsense" }));
  await refused(422, "21451", create({ areaCode: "713" }));
  await refused(404, "20404", () => client.incomingPhoneNumbers(UNKNOWN).fetch());
  await refused(401, "20003", () => clientFor("wrong").incomingPhoneNumbers(UNKNOWN).fetch());
}

await control("POST", "/reset");
const client = clientFor();
await numbers(client);
await errors(client);
console.log("@signalwire/compatibility-api: ok");
