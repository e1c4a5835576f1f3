/** What changed at the carriers without trunkline. */
import { Fragment, html, useEffect, useState } from "../lib/html.js";
import { get, newKey, path, write } from "../lib/api.js";
import { ActiveFilters, useFilters } from "../lib/filters.js";
import { capital, plural, word } from "../lib/format.js";
import { FormProblem, SelectField, Submit, TextField, useForm } from "../lib/forms.js";
import { link } from "../lib/route.js";
import { notify, useAccounts, usePages, useSession } from "../lib/state.js";
import { Account, Action, Badge, Empty, Page, Spinner, Time } from "../ui/basic.js";
import { Dialog } from "../ui/dialog.js";
import { PageProblem, ProblemBox } from "../ui/problem.js";
import { More, Table } from "../ui/table.js";

const LABELS = { open: "Show", class: "What", account: "Account", number: "Number" };

export const CLASSES = { appeared: "Appeared", missing: "Missing", changed: "Changed", price_changed: "Another price", duplicate: "Held twice" };

const TONES = { open: "warn", accepted: "plain", resolved: "ok" };

/** Any value of a field, in words. */
export const shown = (value) => (value === null || value === undefined ? "nothing" : typeof value === "object" ? JSON.stringify(value) : String(value));

/** What a drift is, in words. */
export function DriftText({ drift }) {
  switch (drift.class) {
    case "appeared": return html`It is held, and was not bought or registered here.`;
    case "missing": return html`The account no longer shows it${drift.gone_at ? html`; it is gone since <${Time} at=${drift.gone_at} />` : ""}.`;
    case "duplicate": return html`It is held at another account too: <a class="wrap" href=${link(["numbers", drift.was])}>${drift.was}</a>`;
    default: return html`${capital(word(drift.field ?? "price"))} was <span class="wrap">${shown(drift.was)}</span>, is <strong class="wrap">${shown(drift.is)}</strong>`;
  }
}


function columns(named, why, accept) {
  return [
    { head: "Number", primary: true, cell: (drift) => html`<a class="number-link" href=${link(["numbers", drift.number_id])}>${drift.number ?? drift.number_id}</a>` },
    { head: "Account", cell: (drift) => html`<${Account} account=${drift.account} provider=${named(drift.account)?.provider ?? drift.account} />` },
    { head: "What", cell: (drift) => html`<strong>${CLASSES[drift.class] ?? word(drift.class)}</strong> <span class="sub"><${DriftText} drift=${drift} /></span>` },
    { head: "Found", cell: (drift) => html`<${Time} at=${drift.since} />` },
    { head: "By", cell: ({ author }) => author.kind },
    { head: "State", cell: (drift) => html`<${Badge} tone=${TONES[drift.state] ?? "plain"}>${capital(drift.state)}<//>` },
    { head: "Accept", hidden: true, cell: (drift) => drift.state === "open" && html`<${Action} why=${why} onClick=${() => accept(drift)}>Accept<//>` },
  ];
}

/** Accepts all that fit the filters, after a look at which that are. */
function AcceptAll({ select, close, saved }) {
  const form = useForm({});
  const named = Object.entries(select).filter(([, value]) => value);
  const send = form.submit(async () => {
    const { data } = await write("POST", "/v1/drift/accept", Object.fromEntries(named), { key: newKey() });
    notify(`Accepted ${plural(data.accepted, "drift")}`);
    saved();
  });
  return html`<${Dialog} title="Accept all of these?" onClose=${close} calm>
    <form ref=${form.element} onSubmit=${send}>
      <${FormProblem} form=${form} />
      <p>What the carriers show now becomes what is expected, for every open drift${named.length ? html` with ${named.map(([name, value]) => html`<strong key=${name}>${LABELS[name].toLowerCase()} ${word(value)}</strong> `)}` : " of every account"}. Nothing is changed at a carrier.</p>
      <div class="form-foot"><${Submit} form=${form}>Accept all<//><button type="button" class="button" onClick=${close}>Cancel</button></div>
    </form>
  <//>`;
}

export function Drift({ query }) {
  const { accounts, named } = useAccounts();
  const { missing } = useSession();
  const filters = useFilters("drift", Object.keys(LABELS), query);
  const { open, ...select } = filters.given;
  const asked = { ...select, open: { "": "true", closed: "false" }[open] };
  const pages = usePages((cursor, signal) => get("/v1/drift", { ...asked, limit: 100, cursor }, signal), [filters.written]);
  const accepting = useForm({});
  const [all, setAll] = useState(false);
  const inForm = pages.problem?.errors.length > 0;
  useEffect(() => filters.form.setProblem(inForm ? pages.problem : null), [pages.problem]);
  const why = missing("POST /v1/drift/{id}/accept");
  const accept = (drift) => accepting.submit(async () => {
    await write("POST", `${path("drift", drift.id)}/accept`, undefined, { key: newKey() });
    notify("Accepted: what the carrier shows is expected now");
    pages.reload();
  })();
  const { form } = filters;
  const rows = pages.items;
  const actions = html`<button type="button" class="button" onClick=${pages.reload}>Refresh</button><${Action} why=${rows.some(({ state }) => state === "open") ? missing("POST /v1/drift/accept") : "There is no open drift here."} onClick=${() => setAll(true)}>Accept all…<//>`;
  return html`<${Page} title="Drift" lead="What changed at the carriers without trunkline." actions=${actions}>
    <form class="filters card" onSubmit=${filters.send} role="search" aria-label="Filter the drift" noValidate ref=${form.element}>
      <${FormProblem} form=${form} />
      <div class="fields">
        <${SelectField} form=${form} name="open" label="Show" options=${[["", "Open"], ["closed", "Accepted or resolved"], ["all", "All"]]} />
        <${SelectField} form=${form} name="class" label="What" options=${[["", "All"], ...Object.entries(CLASSES)]} />
        <${SelectField} form=${form} name="account" label="Account" options=${[["", "All"], ...(accounts ?? []).map(({ name }) => [name, name])]} />
        <${TextField} form=${form} name="number" label="Number" mono placeholder="+14155550100" />
      </div>
      <div class="form-foot"><button type="submit" class="button primary">Filter</button></div>
    </form>
    <${ActiveFilters} filters=${filters} labels=${LABELS} />
    <${ProblemBox} problem=${accepting.problem} />
    ${pages.problem && !inForm && html`<${PageProblem} problem=${pages.problem} onRetry=${pages.reload} />`}
    ${pages.loading && rows.length === 0 ? html`<${Spinner} />` : html`<${Fragment}>
      ${rows.length > 0 && html`<${Table} caption="Drift" columns=${columns(named, why, accept)} rows=${rows} keyOf=${(drift) => drift.id} busy=${pages.loading} />`}
      ${!pages.problem && rows.length === 0 && html`<${Empty} title=${filters.active.length ? "Nothing fits these filters" : "No open drift"}><p>What the carriers show is what trunkline expects, as of the last reading.</p><//>`}
      ${pages.page && rows.length > 0 && html`<${More} pages=${pages} noun="drift" />`}
    <//>`}
    ${all && html`<${AcceptAll} select=${select} close=${() => setAll(false)} saved=${() => { setAll(false); pages.reload(); }} />`}
  <//>`;
}
