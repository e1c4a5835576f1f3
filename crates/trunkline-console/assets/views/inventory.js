/** What is held, as it was last read: all of it at once, also while a carrier is away. */
import { Fragment, html, useEffect, useState } from "../lib/html.js";
import { Problem, download, get } from "../lib/api.js";
import { FEATURE_NAMES, money, plural, providerName } from "../lib/format.js";
import { CheckField, ChecksField, FormProblem, SelectField, TextField } from "../lib/forms.js";
import { ActiveFilters, useFilters } from "../lib/filters.js";
import { oldest, useSync } from "../lib/inventory.js";
import { can, useAccounts, useLoad, usePages, useSession } from "../lib/state.js";
import { Action, Badge, Empty, Page, Progress, Spinner, Time } from "../ui/basic.js";
import { CarrierError, PageProblem, ProblemBox } from "../ui/problem.js";
import { More, Table } from "../ui/table.js";
import { Badges, COLUMNS, MainFilters } from "./numbers.js";
import { TagNumbers } from "./tag.js";

const LABELS = {
  q: "Search", account: "Account", country: "Country", type: "Type", tag: "Tag", state: "State", provider: "Carrier", features: "Can do", label: "Label",
  owner: "Owner", location: "Place", purchased_after: "Since", purchased_before: "Before", main: "Main number", unassigned: "In use by nobody",
};

/** What has no date or price comes last in these. */
const SORTS = [["", "number"], ["label", "label"], ["account", "account"], ["-price", "price"], ["-purchased_at", "the newest first"], ["-changed_at", "last changed"]];

const STATES = { held: "Held", missing: "Missing", gone: "Gone" };

/** A number as the page of what carriers show has it, with the price that is known of it. */
const row = (number) => ({ ...number, monthly_price: number.inventory.monthly_price });

const COLUMNS_HERE = [
  ...COLUMNS.filter(({ head }) => ["Number", "Account", "Where"].includes(head)),
  {
    head: "State",
    cell: (number) => html`${number.inventory.state !== "held" && html`<${Badge} tone=${number.inventory.state === "missing" ? "warn" : "bad"}>${STATES[number.inventory.state]}<//> `}<${Badges} number=${number} />`,
  },
  { head: "Last seen", cell: (number) => html`<${Time} at=${number.inventory.last_seen_at} />` },
  ...COLUMNS.filter(({ head }) => ["Since", "A month"].includes(head)),
];

function Filters({ filters, accounts }) {
  const { form, send } = filters;
  const providers = [...new Set((accounts ?? []).map((account) => account.provider))].sort();
  const open = filters.active.some((name) => !["q", "account", "country", "type", "sort"].includes(name));
  return html`<form class="filters card" onSubmit=${send} role="search" aria-label="Filter the inventory" noValidate ref=${form.element}>
    <${FormProblem} form=${form} />
    <div class="fields">
      <${TextField} form=${form} name="q" label="Search" placeholder="digits, or words of label, tags, place, owner" />
      <${MainFilters} form=${form} accounts=${accounts} />
    </div>
    <details open=${open}>
      <summary>More filters</summary>
      <div class="fields">
        <${SelectField} form=${form} name="state" label="State" options=${[["", "Held or missing"], ...Object.entries(STATES)]} />
        <${SelectField} form=${form} name="provider" label="Carrier" options=${[["", "All"], ...providers.map((name) => [name, providerName(name)])]} />
        <${TextField} form=${form} name="tag" label="Tag" />
        <${TextField} form=${form} name="label" label="Label" hint="Exactly." />
        <${TextField} form=${form} name="owner" label="Owner" hint="The carrier's id of it." mono />
        <${TextField} form=${form} name="location" label="Place" hint="The carrier's id of it." mono />
        <${TextField} form=${form} name="purchased_after" label="Bought since" type="date" />
        <${TextField} form=${form} name="purchased_before" label="Bought before" type="date" />
        <${ChecksField} form=${form} name="features" legend="Can do" options=${FEATURE_NAMES.slice(0, 4)} />
        <${CheckField} form=${form} name="main" label="Main numbers only" />
        <${CheckField} form=${form} name="unassigned" label="In use by nobody" hint="Routed nowhere, and assigned to nobody." />
      </div>
    </details>
    <div class="form-foot"><button type="submit" class="button primary">Filter</button></div>
  </form>`;
}

/** How old what is shown is, and which accounts could not be read. */
function Freshness({ sources, sync }) {
  const at = oldest(sources);
  const failed = sources.filter(({ error }) => error);
  const read = sync.sync?.accounts ?? [];
  return html`<div class="sources">
    ${sync.running
      ? html`<${Progress} done=${read.filter(({ state }) => !["waiting", "reading"].includes(state)).length} of=${read.length} label=${`Reading: ${plural(read.reduce((sum, { rows }) => sum + rows, 0), "number")} so far`} />`
      : sources.length > 0 && html`<p class="muted" role="status">${at ? html`As the carriers had it <${Time} at=${at} />, or later.` : "Some accounts have never been read."}</p>`}
    ${failed.length > 0 && html`<div class="notice warn" role="alert"><p><strong>The last reading was not complete.</strong> What is shown is what was known before.</p>
      <ul>${failed.map(({ account, error, as_of }) => html`<li key=${account}><strong>${account}</strong>, last read <${Time} at=${as_of} otherwise="never" />: <${CarrierError} account=${account} error=${error} /></li>`)}</ul></div>`}
    <${ProblemBox} problem=${sync.problem} />
  </div>`;
}

const Figure = ({ title, value, note }) => html`<div class="figure card"><span class="muted small">${title}</span><strong>${value}</strong><span class="small muted">${note}</span></div>`;

function Totals({ total }) {
  const { count, monthly, prices } = total;
  return html`<div class="figures">
    <${Figure} title="Numbers" value=${count.toLocaleString()} note="fit the filters" />
    <${Figure} title="A month" value=${monthly.length ? monthly.map(money).join(" + ") : "–"} note=${count === 0 ? "nothing to pay for" : prices.unknown ? `and ${prices.unknown.toLocaleString()} without a known price` : "every price is known"} />
    <${Figure} title="Prices" value=${(prices.carrier + prices.config).toLocaleString()} note=${`${prices.carrier.toLocaleString()} by the carrier, ${prices.config.toLocaleString()} configured`} />
  </div>`;
}

/** What the API takes: days as moments, and no sort where it counts. */
function question({ purchased_after, purchased_before, sort, ...rest }) {
  const moment = (day) => (day ? new Date(`${day}T00:00`).toISOString() : "");
  return { ...rest, purchased_after: moment(purchased_after), purchased_before: moment(purchased_before) };
}

export function Inventory({ query }) {
  const { accounts } = useAccounts();
  const { missing, allowed } = useSession();
  const filters = useFilters("inventory", [...Object.keys(LABELS), "sort"], query);
  const asked = question(filters.given);
  const { sort } = filters.given;
  const [tagging, setTagging] = useState(false);
  const pages = usePages((cursor, signal) => get("/v1/inventory", { ...asked, sort, limit: 100, cursor }, signal), [filters.written]);
  const summary = useLoad(async (signal) => (await get("/v1/inventory/summary", asked, signal)).data, [filters.written]);
  const again = () => { pages.reload(); summary.reload(); };
  const listing = (accounts ?? []).filter((one) => can(one, "list") && (!filters.given.account || one.name === filters.given.account)).map(({ name }) => name);
  const sync = useSync(listing, again);
  const [failed, setFailed] = useState(null);
  const keep = async () => {
    setFailed(null);
    try {
      await download("/v1/inventory", { ...asked, sort }, "inventory.csv");
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setFailed(error);
    }
  };
  const inForm = pages.problem?.errors.length > 0;
  useEffect(() => filters.form.setProblem(inForm ? pages.problem : null), [pages.problem]);
  const rows = pages.items.map(row);
  const actions = html`<${Fragment}>
    <button type="button" class="button" onClick=${keep}>Export as CSV</button>
    <${Action} why=${missing("PATCH /v1/inventory")} onClick=${() => setTagging(true)}>Tag these…<//>
    <${Action} why=${listing.length === 0 ? "There is no account to read." : sync.running ? "It is being read." : missing("POST /v1/syncs")} tone="primary" onClick=${sync.start}>Read again<//>
  <//>`;
  return html`<${Page} title="Inventory" lead="What you hold, as it was last read." actions=${actions}>
    <${Filters} filters=${filters} accounts=${accounts} />
    <${ActiveFilters} filters=${filters} labels=${LABELS} />
    <${ProblemBox} problem=${failed} />
    ${pages.problem && !inForm && html`<${PageProblem} problem=${pages.problem} onRetry=${again} />`}
    <${Freshness} sources=${summary.data?.sources ?? []} sync=${sync} />
    ${summary.data && !pages.problem && html`<${Totals} total=${summary.data.total} />`}
    ${pages.loading && rows.length === 0 ? html`<${Spinner} />` : html`<${Fragment}>
      ${rows.length > 0 && html`<div class="list-head"><p><strong>${plural(rows.length, "number")}</strong>${pages.hasMore && summary.data ? html` <span class="muted">of ${summary.data.total.count.toLocaleString()}</span>` : ""}</p>
        <label class="inline"><span aria-hidden="true">Sort by</span> <select aria-label="Sort by" value=${sort} onChange=${(event) => filters.apply({ ...filters.given, sort: event.currentTarget.value })}>
          ${SORTS.map(([name, text]) => html`<option key=${name} value=${name} selected=${name === sort}>${text}</option>`)}</select></label></div>
      <${Table} caption="Numbers of the inventory" columns=${COLUMNS_HERE} rows=${rows} keyOf=${(number) => number.id} busy=${pages.loading} />`}
      ${!pages.problem && rows.length === 0 && (filters.active.length > 0
        ? html`<${Empty} title="No number fits these filters"><p><button type="button" class="button" onClick=${() => filters.apply({})}>Clear the filters</button></p><//>`
        : html`<${Empty} title="The inventory is empty"><p>${allowed("POST /v1/syncs") ? "Press “Read again” to read what the accounts hold." : "The accounts have not been read yet."}</p><//>`)}
      ${pages.page && rows.length > 0 && html`<${More} pages=${pages} noun="number" />`}
    <//>`}
    ${tagging && html`<${TagNumbers} select=${asked} close=${() => setTagging(false)} saved=${() => { setTagging(false); again(); }} />`}
  <//>`;
}
