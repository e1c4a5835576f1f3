// What most teams write: an Express app over the vendor's library. Search, list and a bare purchase, without journal.
//   node server.mjs PORT CARRIER_URL
import express from "express";
import twilio from "twilio";

const [port, carrier] = process.argv.slice(2);
const client = twilio(`AC${"0".repeat(32)}`, "token");
client.api.baseUrl = carrier;

const number = (row) => ({
  id: row.sid,
  number: row.phoneNumber,
  label: row.friendlyName,
  features: row.capabilities,
  voice_url: row.voiceUrl,
  sms_url: row.smsUrl,
});
const app = express();
app.use(express.json());
app.get("/v1/available-numbers", async (request, response) => {
  const { country = "US", area_code: areaCode, limit } = request.query;
  const rows = await client.availablePhoneNumbers(country).local.list({ areaCode, limit: Number(limit ?? 20) });
  response.json({ data: rows.map((row) => ({ number: row.phoneNumber, region: row.region, locality: row.locality, features: row.capabilities })) });
});
app.get("/v1/numbers", async (request, response) => {
  const rows = await client.incomingPhoneNumbers.list({ limit: Number(request.query.limit ?? 50) });
  response.json({ data: rows.map(number) });
});
app.post("/v1/numbers", async (request, response) => {
  response.status(201).json(number(await client.incomingPhoneNumbers.create({ phoneNumber: request.body.number })));
});
app.listen(Number(port), "127.0.0.1", () => console.log("ready"));
