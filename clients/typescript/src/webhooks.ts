/** Signatures of webhooks, as Standard Webhooks specifies them. */

import { createHmac, timingSafeEqual } from "node:crypto";

import type { Event } from "./openapi";

/** This delivery is not trunkline's, or too old. */
export class InvalidWebhook extends Error {}

type Headers = Record<string, string | string[] | undefined>;

/**
 * The event of a delivery, if its signature is right and its time at most `tolerance` seconds away. `secret` is the
 * webhook's (`whsec_...`), `body` what arrived, not parsed. Deliveries come at least once: remember the header `webhook-id`.
 */
export function verifyWebhook(
  secret: string,
  headers: Headers,
  body: string | Uint8Array,
  { tolerance = 300, now = Date.now() / 1_000 } = {},
): Event {
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value ?? "")]));
  const [id, sent, signatures] = ["id", "timestamp", "signature"].map((name) => given.get(`webhook-${name}`));
  if (!id || !sent || !signatures || !/^\d+$/.test(sent)) {
    throw new InvalidWebhook("webhook-id, webhook-timestamp or webhook-signature is missing, or can't be read");
  }
  if (!(Math.abs(now - Number(sent)) <= tolerance)) {
    throw new InvalidWebhook("it was sent too long ago, or a clock is wrong");
  }
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signed = createHmac("sha256", key).update(`${id}.${sent}.`).update(body).digest();
  const right = signatures.split(" ").some((signature) => {
    const mark = Buffer.from(signature.replace(/^v1,/, ""), "base64");
    return signature.startsWith("v1,") && mark.length === signed.length && timingSafeEqual(mark, signed);
  });
  if (!right) {
    throw new InvalidWebhook("the signature is wrong");
  }
  return JSON.parse(Buffer.from(body).toString()) as Event;
}
