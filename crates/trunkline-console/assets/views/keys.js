/** API keys: who may use the gateway, for what, and how much they may spend. */
import { Fragment, html, useState } from "../lib/html.js";
import { get, path, write } from "../lib/api.js";
import { capital, money } from "../lib/format.js";
import { FormProblem, SelectField, Submit, useForm } from "../lib/forms.js";
import { SCOPES, allScopes } from "../lib/rights.js";
import { announce, notify, usePages, useSession } from "../lib/state.js";
import { Action, Badge, Empty, Page, Spinner, StateBadge, Time } from "../ui/basic.js";
import { Gauge } from "../ui/charts.js";
import { Dialog } from "../ui/dialog.js";
import { PageProblem } from "../ui/problem.js";
import { Secret } from "../ui/secret.js";
import { More, Table } from "../ui/table.js";
import { CreateKey } from "./key-form.js";

function Revoke({ entry, close, done, own }) {
  const form = useForm({});
  const send = form.submit(async () => {
    await write("DELETE", path("keys", entry.id));
    done();
  });
  return html`<${Dialog} title=${`Revoke ${entry.name}?`} onClose=${close}>
    <form ref=${form.element} onSubmit=${send} noValidate>
      <p>Every program that uses this key is refused from now on. That can't be undone.</p>
      ${own && html`<p class="notice warn"><strong>You are signed in with it</strong>, and will be signed out.</p>`}
      <${FormProblem} form=${form} />
      <div class="form-foot"><button type="button" class="button" data-first onClick=${close}>Keep it</button><${Submit} form=${form} tone="danger">Revoke<//></div>
    </form>
  <//>`;
}

const OVERLAPS = [["0", "Not at all"], ["3600", "For an hour"], ["86400", "For a day"], ["604800", "For a week"]];

function Rotate({ entry, close, made, own }) {
  const form = useForm({ overlap: "3600" });
  const send = form.submit(async ({ overlap }) => made((await write("POST", `${path("keys", entry.id)}/rotate`, { overlap_secs: Number(overlap) })).data));
  return html`<${Dialog} title=${`Replace the secret of ${entry.name}?`} onClose=${close}>
    <form ref=${form.element} onSubmit=${send} noValidate>
      <p>The key stays what it is and gets a new secret. Until the old one ends, both are valid, so that you can change your programs.</p>
      ${own && html`<p class="notice warn"><strong>You are signed in with it.</strong> You may have to sign in again, with the new secret.</p>`}
      <${FormProblem} form=${form} />
      <${SelectField} form=${form} name="overlap" label="The old secret stays valid" options=${OVERLAPS} />
      <div class="form-foot"><button type="button" class="button" onClick=${close}>Cancel</button><${Submit} form=${form}>Replace the secret<//></div>
    </form>
  <//>`;
}

function Scopes({ scopes }) {
  if (allScopes().every((scope) => scopes.includes(scope))) return html`<span title=${scopes.join(", ")}>everything</span>`;
  return html`<span class="features">${scopes.map((scope) => html`<span key=${scope} class="feature" title=${scope}>${capital(SCOPES[scope] ?? scope)}</span>`)}</span>`;
}

/** What a key may spend, and has. */
function Spend({ spend, limit }) {
  const { monthly, setup } = spend;
  const gauge = (title, part) => html`<${Gauge} title=${title} part=${part.committed.amount} whole=${part.ceiling.amount} text=${`${money(part.committed)} of ${money(part.ceiling)}`} />`;
  return html`<div class="spend">${monthly && gauge("A month", monthly)}${setup && gauge("Set-up fees", setup)}
    ${!monthly && !setup && html`<span class="muted">no ceiling</span>`}
    ${limit && html`<span class="sub">${limit.per_second} requests a second</span>`}</div>`;
}

/** When a key ends, or ended. */
function Ends({ entry }) {
  if (entry.revoked_at) return html`<${StateBadge} state="revoked" /> <span class="sub"><${Time} at=${entry.revoked_at} /></span>`;
  if (entry.state === "expired") return html`<${StateBadge} state="expired" /> <span class="sub"><${Time} at=${entry.expires_at} /></span>`;
  return html`<${Time} at=${entry.expires_at} otherwise="never" />${entry.overlap_until && Date.parse(entry.overlap_until) > Date.now() && html`<span class="sub">old secret ends <${Time} at=${entry.overlap_until} /></span>`}`;
}

function columns({ missing, own, several, open }) {
  const tenant = (entry) => (several ? html`<span class="sub">${entry.tenant}</span>` : null);
  return [
    { head: "Name", primary: true, cell: (entry) => html`<strong class="key-name">${entry.name}</strong>${own(entry) && html` <${Badge} tone="info">Yours<//>`}<span class="sub mono">${entry.id.slice(0, 8)}…${entry.id.slice(-6)}</span>` },
    { head: "May", cell: (entry) => html`<${Scopes} scopes=${entry.scopes} />` },
    { head: several ? "Accounts and tenant" : "Accounts", cell: (entry) => html`${entry.accounts?.join(", ") || "all"}${tenant(entry)}` },
    { head: "Spends", cell: (entry) => html`<${Spend} spend=${entry.spend} limit=${entry.rate_limit} />` },
    { head: "Last used", cell: (entry) => html`<${Time} at=${entry.last_used_at} otherwise="never" /><span class="sub">made <${Time} at=${entry.created_at} /></span>` },
    { head: "Ends", cell: (entry) => html`<${Ends} entry=${entry} />` },
    {
      head: "Actions",
      hidden: true,
      right: true,
      cell: (entry) => entry.state === "active" && html`<span class="actions">
        <${Action} why=${missing("POST /v1/keys/{id}/rotate")} tone="small-button" onClick=${() => open({ rotate: entry })}>Rotate<span class="visually-hidden"> ${entry.name}</span><//>
        <${Action} why=${missing("DELETE /v1/keys/{id}")} tone="danger small-button" onClick=${() => open({ revoke: entry })}>Revoke<span class="visually-hidden"> ${entry.name}</span><//></span>`,
    },
  ];
}

export function Keys() {
  const { session, missing } = useSession();
  const pages = usePages((cursor, signal) => get("/v1/keys", { cursor }, signal), []);
  const [dialog, setDialog] = useState(null);
  const close = () => setDialog(null);
  const own = (entry) => session.key?.id === entry.id;
  const several = pages.items.some(({ tenant }) => tenant !== session.tenant) || session.tenant !== "default";
  const made = (text) => (data) => {
    setDialog({ made: data });
    announce(text);
    pages.reload();
  };
  const revoked = () => {
    close();
    notify("Revoked");
    pages.reload();
  };
  const first = "The first key is made at the database, with the command trunkline keys create.";
  const make = html`<${Action} why=${session.keyless ? first : missing("POST /v1/keys")} tone="primary" onClick=${() => setDialog({ create: true })}>Make a key<//>`;
  return html`<${Page} title="API keys" lead="Who may use this gateway, for what, and how much they may spend." actions=${make}>
    ${session.keyless && !pages.loading && pages.items.length === 0 && html`<p class="notice warn">There are no keys yet, and nobody on this machine needs one. The first key is made at the database, in the directory of the gateway: <code>trunkline keys create --name NAME --scope all --database sqlite://trunkline-sandbox.db</code>. From then on everybody needs a key, this page too.</p>`}
    ${pages.problem && html`<${PageProblem} problem=${pages.problem} onRetry=${pages.reload} />`}
    ${pages.loading && pages.items.length === 0 ? html`<${Spinner} />` : html`<${Fragment}>
      ${pages.items.length > 0 && html`<${Table} caption="API keys" columns=${columns({ missing, own, several, open: setDialog })} rows=${pages.items} keyOf=${(entry) => entry.id} busy=${pages.loading} />`}
      ${!pages.problem && pages.items.length === 0 && !session.keyless && html`<${Empty} title="No keys" />`}
      ${pages.page && pages.items.length > 0 && html`<${More} pages=${pages} noun="key" />`}
    <//>`}
    ${dialog?.create && html`<${CreateKey} close=${close} made=${made("The key was made")} />`}
    ${dialog?.rotate && html`<${Rotate} entry=${dialog.rotate} own=${own(dialog.rotate)} close=${close} made=${made("The secret was replaced")} />`}
    ${dialog?.made && html`<${Secret} title="The new secret" secret=${dialog.made.secret} what="key" close=${close} />`}
    ${dialog?.revoke && html`<${Revoke} entry=${dialog.revoke} own=${own(dialog.revoke)} close=${close} done=${revoked} />`}
  <//>`;
}
