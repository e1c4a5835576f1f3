/** What happened, in one sentence: events, and rows of the audit trail. */
import { html, useState } from "../lib/html.js";
import { capital, localDay, money, word } from "../lib/format.js";
import { link } from "../lib/route.js";
import { Account, Data, Empty, Icon, StateBadge, Time, toneOf } from "./basic.js";
import { CarrierError } from "./problem.js";

const numberLink = (id, text) => (id ? html`<a class="mono" href=${link(["numbers", id])}>${text ?? id}</a>` : html`<span class="mono">${text}</span>`);
const purchaseLink = (id, text) => html`<a href=${link(["purchases", id])}>${text}</a>`;
const names = (changes) => Object.keys(changes ?? {}).map((name) => word(name)).join(", ");
const price = (value) => (value ? ` for ${money(value)} a month` : "");

const DOUBTS = { disputed: "the account holds the number, but perhaps not by this purchase", late: "the number turned up late", unknown: "no carrier's answer could settle it" };

/** Each type of event as a sentence, and its tone. A test holds the list against those of the gateway. */
const EVENTS = {
  "number.purchased": ({ resource, data, account }) => html`${numberLink(resource, data.number)} was ${purchaseLink(data.purchase, "bought")} at ${account}${price(data.price)}${data.late && ", late"}.`,
  "number.updated": ({ resource, data }) => html`${numberLink(resource, data.number)} was changed: ${names(data.changes) || "its settings"}.`,
  "number.released": ({ data, account }) => html`${numberLink(null, data.number)} was released at ${account}.`,
  "number.release_held": ({ resource, data }) => html`The release of ${numberLink(resource, data.number)} is overdue and waits for a person.`,
  "number.gone": ({ resource, data, account }) => html`${numberLink(resource, data.number)} is gone: it was released at ${account} without trunkline.`,
  "number.returned": ({ resource, data, account }) => html`${numberLink(resource, data.number)} had been gone and is back at ${account}.`,
  "number.appeared": ({ resource, data, account }) => html`${data.count ? `${data.count} numbers were` : html`${numberLink(resource, data.number)} was`} found at ${account}, ${data.class === "duplicate" ? "though another account has the same" : "not bought here"}.`,
  "number.missing": ({ resource, data, account }) => html`${data.count ? `${data.count} numbers are` : html`${numberLink(resource, data.number)} is`} missing at ${account}.`,
  "number.changed": ({ resource, data, account }) => html`${data.count ? `${data.count} numbers were` : html`${numberLink(resource, data.number)} was`} changed at ${account} without trunkline${data.field ? `: ${word(data.field)}` : ""}.`,
  "inventory.suspect": ({ data, account }) => html`A reading of ${account} lacks ${data.missing} of ${data.held} numbers, so nothing was marked as missing.`,
  "purchase.unknown": ({ resource, data }) => html`The answer to the ${purchaseLink(resource, "purchase")} of ${numberLink(null, data.number)} was lost.`,
  "purchase.settled": ({ resource, data }) => html`The ${purchaseLink(resource, "purchase")} of ${numberLink(null, data.number)} is settled: ${data.state === "succeeded" ? "bought" : "not bought"}.`,
  "purchase.needs_person": ({ resource, data }) => html`The ${purchaseLink(resource, "purchase")} of ${numberLink(null, data.number)} needs a person: ${DOUBTS[data.needs_person?.why] ?? word(data.needs_person?.why)}.`,
  "purchase.recovered": ({ resource, data }) => html`The lost record of the ${purchaseLink(resource, "purchase")} of ${numberLink(null, data.number)} was written again.`,
  "caller_id.verified": ({ resource, data }) => html`The caller ID <a class="mono" href=${link(["caller-ids", resource])}>${data.number ?? resource}</a> is verified.`,
  "caller_id.failed": ({ resource, data }) => html`The verification of <a class="mono" href=${link(["caller-ids", resource])}>${data.number ?? resource}</a> ${data.state === "expired" ? "expired" : "failed"}.`,
  "account.unhealthy": ({ account, data }) => html`The account <a href=${link(["accounts", account])}>${account}</a> fails${data.error ? `: ${data.error}` : "."}`,
};

export const EVENT_TYPES = Object.keys(EVENTS);

const EVENT_TONES = {
  "number.purchased": "ok", "purchase.settled": "ok", "caller_id.verified": "ok", "number.gone": "bad", "purchase.needs_person": "bad",
  "number.missing": "warn", "number.appeared": "warn", "number.changed": "warn", "inventory.suspect": "warn",
  "account.unhealthy": "bad", "caller_id.failed": "bad", "purchase.unknown": "warn", "number.release_held": "warn", "purchase.recovered": "warn",
};

export const ofEvent = (event) => ({
  key: event.id,
  at: event.at,
  tone: EVENT_TONES[event.type] ?? "plain",
  sentence: EVENTS[event.type]?.(event) ?? html`${capital(word(event.type.replaceAll(".", " ")))}: <span class="mono">${event.resource}</span>.`,
  account: event.account,
  details: html`<${Data} value=${{ type: event.type, resource: event.resource, sequence: event.sequence, ...event.data }} />`,
});

/** Each action as `[done, not done]`: "Ada bought …", "Ada could not buy …". A test holds the list against the gateway's. */
const ACTIONS = {
  "number.purchase": ["bought", "buy"], "number.update": ["changed", "change"], "number.release": ["released", "release"],
  "number.restore": ["kept", "keep"], "number.register": ["registered", "register"], "range.register": ["registered a range of", "register a range of"],
  "main_number.set": ["made the main number", "make the main number"], "caller_id.start": ["began to verify", "begin to verify"],
  "caller_id.verify": ["verified", "verify"], "caller_id.resend": ["asked for another call to", "ask for another call to"],
  "caller_id.update": ["changed the caller ID", "change the caller ID"], "caller_id.delete": ["removed the caller ID", "remove the caller ID"],
  "allocation.create": ["ordered several numbers,", "order several numbers,"], "number.gone": ["found gone", "look for"],
  "number.returned": ["found back", "look for"], "purchase.resolve": ["settled by hand", "settle by hand"],
  "key.create": ["made the key", "make the key"], "key.revoke": ["revoked the key", "revoke the key"], "key.rotate": ["replaced the secret of the key", "replace the secret of the key"],
  "webhook.create": ["made the webhook", "make the webhook"], "webhook.update": ["changed the webhook", "change the webhook"],
  "webhook.rotate": ["replaced the secret of the webhook", "replace the secret of the webhook"], "webhook.delete": ["removed the webhook", "remove the webhook"],
  "webhook.redeliver": ["had events delivered again to", "have events delivered again to"], "config.reload": ["read the configuration again", "read the configuration again"],
  "inventory.sync": ["had accounts read again:", "have accounts read again:"], "drift.accept": ["accepted the drift", "accept the drift"],
  request: ["sent a request", "send a request"],
};

export const ACTION_TYPES = Object.keys(ACTIONS);

/** An action as the name of a choice. */
export const actionText = (action) => capital(word(action.replaceAll(".", " ")));

const VIA = { api: "A program without a key", cli: "The command line", console: "Somebody in the console", system: "trunkline" };

/** Who did it, with what. */
const actor = ({ key_name: name, via }) => (name ? html`<strong>${name}</strong>${via === "api" ? "" : html` <span class="muted small">(${via === "cli" ? "command line" : via})</span>`}` : html`<strong>${VIA[via] ?? "Somebody"}</strong>`);

/** What it was done to. */
function object({ action, number, resource, after, before, account }) {
  const shown = number ?? after?.name ?? before?.name ?? after?.url ?? before?.url ?? resource;
  if (!shown) return "";
  if (action === "number.purchase" && resource) return html` ${purchaseLink(resource, html`<span class="mono">${shown}</span>`)}`;
  if (action === "allocation.create" && resource) return html` <a href=${link(["allocations", resource])}>in one order</a>`;
  if (resource?.startsWith(`${account}:`)) return html` ${numberLink(action.startsWith("number") && action !== "number.release" ? resource : null, shown)}`;
  return html` <span class="mono wrap">${shown}</span>`;
}

const message = (error) => (typeof error === "string" ? error : error?.message ?? error?.detail);

function auditSentence(row) {
  const [done, infinitive] = ACTIONS[row.action] ?? [`did “${row.action}” to`, `do “${row.action}” to`];
  const at = row.account ? html` at ${row.account}` : "";
  const why = message(row.error);
  const parts = {
    ok: html`${actor(row.actor)} ${done}${object(row)}${at}${row.action === "number.purchase" && price(row.after?.price)}`,
    begun: html`${actor(row.actor)} asked to ${infinitive}${object(row)}${at}`,
    refused: html`${actor(row.actor)} ${row.error?.kind === "permission_denied" ? "was not allowed to" : "could not"} ${infinitive}${object(row)}${at}`,
    failed: html`${actor(row.actor)} could not ${infinitive}${object(row)}${at}`,
    unknown: html`${actor(row.actor)} tried to ${infinitive}${object(row)}${at}; the outcome is not known yet`,
  };
  return html`${parts[row.outcome] ?? parts.ok}${why ? html`: ${why}${/[.!?]$/.test(why) ? "" : "."}` : "."}`;
}

/** What differs between two documents, field by field; a side that was not there is left out. */
export function Changes({ before, after }) {
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const empty = (value) => value === null || value === undefined || value === false || (Array.isArray(value) && value.length === 0);
  const changed = fields.filter((name) => name !== "updated_at" && JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]) && !(empty(before?.[name]) && empty(after?.[name])));
  if (changed.length === 0) return null;
  return html`<ul class="changes">${changed.map((name) => html`<li key=${name}><span class="muted">${capital(word(name))}:</span>
    ${!empty(before?.[name]) && html` <del><${Data} value=${before[name]} /></del> →`} ${empty(after?.[name]) ? html`<span class="muted">empty</span>` : html`<ins><${Data} value=${after[name]} /></ins>`}</li>`)}</ul>`;
}

export const ofAudit = (row) => ({
  key: row.id,
  at: row.at,
  tone: { ok: "ok", begun: "info" }[row.outcome] ?? toneOf(row.outcome),
  sentence: auditSentence(row),
  account: row.account,
  details: html`<${Changes} before=${row.before} after=${row.after} />
    ${row.error && html`<p class="small"><${CarrierError} error=${{ detail: message(row.error), ...row.error }} /></p>`}
    <p class="small muted">${actionText(row.action)} · ${row.outcome} · ${row.resource && html`<span class="mono wrap">${row.resource}</span> · `}request <span class="mono wrap">${row.request_id ?? "none"}</span></p>`,
});

/** Rows without those of a beginning whose end is among them; newest first. */
export function withoutBegun(rows) {
  const ended = new Set(rows.filter(({ outcome }) => outcome !== "begun").map((row) => `${row.action} ${row.resource ?? row.request_id} ${row.number}`));
  return rows.filter((row) => row.outcome !== "begun" || !ended.has(`${row.action} ${row.resource ?? row.request_id} ${row.number}`));
}

/** Neighbours of the same day under one heading. */
function byDay(entries) {
  const days = [];
  for (const entry of entries) {
    const day = localDay(entry.at);
    if (days.at(-1)?.day !== day) days.push({ day, entries: [] });
    days.at(-1).entries.push(entry);
  }
  return days;
}

const ICONS = { ok: "check", bad: "cross", warn: "question", info: "wait", plain: "dot" };

function Entry({ entry }) {
  const [open, setOpen] = useState(false);
  return html`<li class=${`entry ${entry.tone}`}>
    <span class="entry-mark"><${Icon} name=${ICONS[entry.tone] ?? "dot"} /></span>
    <div class="entry-text"><p>${entry.sentence}</p>${open && html`<div class="entry-details">${entry.details}</div>`}</div>
    <span class="entry-side"><${Time} at=${entry.at} />
      ${entry.details && html`<button type="button" class="link-button small" aria-expanded=${open ? "true" : "false"} onClick=${() => setOpen(!open)}>${open ? "Less" : "More"}<span class="visually-hidden"> about this</span></button>`}</span>
  </li>`;
}

/** Entries as `{key, at, tone, sentence, details}`, newest first. `days` puts each day under a heading. */
export function Feed({ entries, days, label }) {
  const list = (shown, name) => html`<ol class="feed" aria-label=${name}>${shown.map((entry) => html`<${Entry} key=${entry.key} entry=${entry} />`)}</ol>`;
  if (entries.length === 0) return html`<${Empty} title="Nothing happened yet" />`;
  if (!days) return list(entries, label);
  const today = localDay(new Date());
  return html`<div class="days">${byDay(entries).map(({ day, entries: own }) => html`<div key=${day}><h2 class="day">${day === today ? "Today" : day}</h2><div class="card">${list(own, `${label}, ${day}`)}</div></div>`)}</div>`;
}
