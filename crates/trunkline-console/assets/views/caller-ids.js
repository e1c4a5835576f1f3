/** The numbers that may be shown on outgoing calls. */
import { Fragment, html, useEffect } from "../lib/html.js";
import { get } from "../lib/api.js";
import { ActiveFilters, useFilters } from "../lib/filters.js";
import { capital } from "../lib/format.js";
import { FormProblem, SelectField, TextField } from "../lib/forms.js";
import { link } from "../lib/route.js";
import { can, useAccounts, usePages, useSession } from "../lib/state.js";
import { Account, Empty, Page, Spinner, StateBadge, Time } from "../ui/basic.js";
import { PageProblem } from "../ui/problem.js";
import { Sources } from "../ui/sources.js";
import { More, Table } from "../ui/table.js";

const LABELS = { account: "Account", state: "State", number: "Number", label: "Label", owner: "Owner", location: "Place" };

export const METHODS = {
  call_enter_code: "A call: the callee keys a code in",
  call_submit_code: "A call: the callee hears a code",
  directory: "Kept by the carrier, without a proof",
};

/** Who a caller ID is a setting of, where the carrier says it. */
const whose = ({ provider_data: data }) => [data?.first_name, data?.last_name].filter(Boolean).join(" ");

/** What a caller ID is called: its number, else whose setting it is; ids of carriers are too long for a title. */
export function shownCallerId(callerId) {
  const named = callerId.number ?? callerId.label ?? whose(callerId);
  if (named) return named;
  const [kind] = callerId.id.slice(callerId.account.length + 1).match(/^[a-z-]*(?=-)/) ?? ["setting"];
  return `${capital(kind.replaceAll("-", " "))} …${callerId.id.slice(-6)}`;
}

const COLUMNS = [
  {
    head: "Number",
    primary: true,
    cell: (callerId) => html`<a class="number-link" href=${link(["caller-ids", callerId.id])}>${shownCallerId(callerId)}</a>
      ${callerId.number && (callerId.label ?? whose(callerId)) && html`<span class="label">${callerId.label ?? whose(callerId)}</span>`}`,
  },
  { head: "Account", cell: (callerId) => html`<${Account} account=${callerId.account} provider=${callerId.provider} />` },
  { head: "State", cell: (callerId) => html`<${StateBadge} state=${callerId.state} />` },
  { head: "How it is proved", cell: (callerId) => METHODS[callerId.method] ?? callerId.method },
  { head: "Verified", cell: (callerId) => html`<${Time} at=${callerId.verified_at} />` },
];

export function CallerIds({ query }) {
  const { accounts, named } = useAccounts();
  const { missing } = useSession();
  const filters = useFilters("caller-ids", Object.keys(LABELS), query);
  const pages = usePages((cursor, signal) => get("/v1/caller-ids", { ...filters.given, cursor }, signal), [filters.written]);
  const inForm = pages.problem?.errors.length > 0;
  useEffect(() => filters.form.setProblem(inForm ? pages.problem : null), [pages.problem]);
  const rows = pages.items.map((callerId) => ({ ...callerId, provider: named(callerId.account)?.provider ?? callerId.account }));
  const having = (accounts ?? []).filter((account) => can(account, "list_caller_ids"));
  const why = missing("POST /v1/caller-ids");
  const { form } = filters;
  const actions = html`<button type="button" class="button" onClick=${pages.reload}>Refresh</button>
    ${why ? html`<span class="small muted">${why}</span>` : html`<a class="button primary" href="#/caller-ids/new">Verify a number</a>`}`;
  return html`<${Page} title="Caller IDs" lead="The numbers that you may show to those you call." actions=${actions}>
    <form class="filters card" onSubmit=${filters.send} role="search" aria-label="Filter your caller IDs" noValidate ref=${form.element}>
      <${FormProblem} form=${form} />
      <div class="fields">
        <${SelectField} form=${form} name="account" label="Account" options=${[["", "All"], ...having.map(({ name }) => [name, name])]} />
        <${SelectField} form=${form} name="state" label="State" options=${[["", "Any"], ...["pending", "verified", "failed", "expired"].map((state) => [state, capital(state)])]} />
        <${TextField} form=${form} name="number" label="Number" inputmode="tel" placeholder="+14155550100" mono />
        <${TextField} form=${form} name="label" label="Label" hint="Exactly." />
      </div>
      <div class="form-foot"><button type="submit" class="button primary">Filter</button></div>
    </form>
    <${ActiveFilters} filters=${filters} labels=${LABELS} />
    ${pages.problem && !inForm && html`<${PageProblem} problem=${pages.problem} onRetry=${pages.reload} />`}
    <${Sources} sources=${pages.page?.sources} noun="caller ID" />
    ${pages.loading && rows.length === 0
      ? html`<${Spinner} text="Asking the carriers…" />`
      : html`<${Fragment}>
        ${rows.length > 0 && html`<${Table} caption="Caller IDs" columns=${COLUMNS} rows=${rows} keyOf=${(callerId) => callerId.id} busy=${pages.loading} />`}
        ${!pages.problem && rows.length === 0 && !pages.hasMore && html`<${Empty} title=${filters.active.length ? "No caller ID fits these filters" : "No caller IDs yet"}>
          <p>Prove that a number is yours, and you may show it when you call.</p><//>`}
        ${pages.page && (rows.length > 0 || pages.hasMore) && html`<${More} pages=${pages} noun="caller ID" />`}
      <//>`}
  <//>`;
}
