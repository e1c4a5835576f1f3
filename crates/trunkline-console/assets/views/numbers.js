/** What you hold, at all carriers. */
import { Fragment, html, useEffect } from "../lib/html.js";
import { FEATURE_NAMES, NUMBER_TYPES, capital, comparePrices, countries, countryName, ownLabel, place, plural, providerName, shownNumber, word } from "../lib/format.js";
import { CheckField, ChecksField, FormProblem, SelectField, TextField } from "../lib/forms.js";
import { ActiveFilters, useFilters } from "../lib/filters.js";
import { link } from "../lib/route.js";
import { useNumbers } from "../lib/numbers.js";
import { can, useAccounts } from "../lib/state.js";
import { Account, Badge, Empty, Features, Page, Price, Spinner, StateBadge, Time } from "../ui/basic.js";
import { PageProblem } from "../ui/problem.js";
import { Sources } from "../ui/sources.js";
import { More, Table } from "../ui/table.js";

const LABELS = {
  account: "Account", provider: "Carrier", country: "Country", type: "Type", state: "State", features: "Can do",
  contains: "Contains", label: "Label", owner: "Owner", location: "Place", main: "Main number", available: "Assigned to nobody",
};

const NAMES = [...Object.keys(LABELS), "limit", "sort"];

/** The latest first; what a carrier gives no date comes last. */
const SORTS = {
  newest: ["the newest first", (a, b) => (b.purchased_at ?? "").localeCompare(a.purchased_at ?? "")],
  number: ["number", (a, b) => shownNumber(a).localeCompare(shownNumber(b))],
  label: ["label", (a, b) => (ownLabel(a) ?? "\uffff").localeCompare(ownLabel(b) ?? "\uffff")],
  account: ["account", (a, b) => a.account.localeCompare(b.account)],
  price: ["price", (a, b) => comparePrices(b.monthly_price, a.monthly_price)],
};

export const COLUMNS = [
  {
    head: "Number",
    primary: true,
    cell: (number) => html`<a class="number-link" href=${link(["numbers", number.id])}>${shownNumber(number)}</a>
      ${ownLabel(number) && html`<span class="label">${ownLabel(number)}</span>`}`,
  },
  { head: "Account", cell: (number) => html`<${Account} account=${number.account} provider=${number.provider} />` },
  {
    head: "Where",
    cell: (number) => html`${place(number.location) || countryName(number.country) || html`<span class="muted">–</span>`}
      <span class="sub">${capital(word(number.number_type))}${place(number.location) && number.country && `, ${countryName(number.country)}`}</span>`,
  },
  { head: "Can do", cell: (number) => html`<${Features} features=${number.features} />` },
  { head: "State", cell: (number) => html`<${Badges} number=${number} />` },
  { head: "Since", cell: (number) => html`<${Time} at=${number.purchased_at} />` },
  { head: "A month", right: true, cell: (number) => (number.monthly_price ? html`<${Price} value=${number.monthly_price} per="" />` : html`<span class="muted">–</span>`) },
];

/** Few carriers name a price for what is held. */
const columnsFor = (items) => COLUMNS.filter(({ head }) => head !== "A month" || items.some((number) => number.monthly_price));

/** Everything about a number's state, in badges. */
export function Badges({ number }) {
  return html`<span class="badges">${number.state === "unknown" ? html`<${Badge}>State not told<//>` : html`<${StateBadge} state=${number.state} />`}
    ${number.main && html`<${Badge} tone="info">Main<//>`}
    ${number.protected && html`<${Badge} icon="lock" title="It can't be released while it is protected">Protected<//>`}
    ${number.shared && html`<${Badge}>Shared<//>`}
    ${number.external && html`<${Badge}>External<//>`}
    ${number.release_held && html`<${Badge} tone="warn" icon="wait">Release overdue<//>`}
    ${number.release_at && !number.release_held && html`<${Badge} tone="warn" icon="wait">Goes <${Time} at=${number.release_at} /><//>`}
    ${(number.tags ?? []).map((tag) => html`<${Badge} key=${tag} tone="tag">${tag}<//>`)}
  </span>`;
}

/** Account, country and type: what every list of numbers is filtered by. */
export function MainFilters({ form, accounts }) {
  const any = ["", "Any"];
  return html`<${Fragment}>
    <${SelectField} form=${form} name="account" label="Account" options=${[["", "All"], ...(accounts ?? []).map(({ name }) => [name, name])]} />
    <${SelectField} form=${form} name="country" label="Country" options=${[any, ...countries()]} />
    <${SelectField} form=${form} name="type" label="Type" options=${[any, ...[...NUMBER_TYPES, "extension"].map((type) => [type, capital(word(type))])]} />
  <//>`;
}

function Filters({ filters, accounts }) {
  const { form, send } = filters;
  const providers = [...new Set((accounts ?? []).map((account) => account.provider))].sort();
  const any = ["", "Any"];
  const open = filters.active.some((name) => !["account", "contains", "country", "type"].includes(name));
  return html`<form class="filters card" onSubmit=${send} role="search" aria-label="Filter your numbers" noValidate ref=${form.element}>
    <${FormProblem} form=${form} />
    <div class="fields">
      <${TextField} form=${form} name="contains" label="Contains" inputmode="numeric" placeholder="digits, such as 415" />
      <${MainFilters} form=${form} accounts=${accounts} />
    </div>
    <details open=${open}>
      <summary>More filters</summary>
      <div class="fields">
        <${SelectField} form=${form} name="provider" label="Carrier" options=${[["", "All"], ...providers.map((name) => [name, providerName(name)])]} />
        <${SelectField} form=${form} name="state" label="State" options=${[any, ...["active", "inactive", "pending", "releasing"].map((state) => [state, capital(state)])]} />
        <${TextField} form=${form} name="label" label="Label" hint="Exactly." />
        <${TextField} form=${form} name="owner" label="Owner" hint="The carrier's id of it." mono />
        <${TextField} form=${form} name="location" label="Place" hint="The carrier's id of it." mono />
        <${SelectField} form=${form} name="limit" label="On a page" options=${[["", "50"], ["25", "25"], ["100", "100"]]} />
        <${ChecksField} form=${form} name="features" legend="Can do" options=${FEATURE_NAMES.slice(0, 4)} />
        <${CheckField} form=${form} name="main" label="Main numbers only" />
        <${CheckField} form=${form} name="available" label="Assigned to nobody" />
      </div>
    </details>
    <div class="form-foot"><button type="submit" class="button primary">Filter</button></div>
  </form>`;
}

function Nothing({ filters, sources }) {
  if (filters.active.length) return html`<${Empty} title="No number fits these filters"><p><button type="button" class="button" onClick=${() => filters.apply({})}>Clear the filters</button></p><//>`;
  if (sources?.some(({ status }) => status !== "ok")) return html`<${Empty} title="Nothing to show yet"><p>No carrier that answered holds a number.</p><//>`;
  return html`<${Empty} title="You hold no numbers yet">
    <p>Buy one, or record those that you hold elsewhere.</p>
    <p><a class="button primary" href="#/search">Find a number</a> <a class="button" href="#/register">Register numbers</a></p>
  <//>`;
}

export function Numbers({ query }) {
  const { accounts } = useAccounts();
  const filters = useFilters("numbers", NAMES, query);
  const { account, provider, sort: _, ...rest } = filters.given;
  const asked = accounts?.filter((one) => can(one, "list") && (!account || one.name === account) && (!provider || one.provider === provider)) ?? null;
  const pages = useNumbers(asked, rest, JSON.stringify(rest));
  const sort = Object.hasOwn(SORTS, filters.given.sort) ? filters.given.sort : "newest";
  const rows = [...pages.items].sort(SORTS[sort][1]);
  const inForm = pages.problem?.errors.length > 0;
  useEffect(() => filters.form.setProblem(inForm ? pages.problem : null), [pages.problem]);
  const actions = html`<button type="button" class="button" onClick=${pages.reload}>Refresh</button><a class="button primary" href="#/search">Find a number</a>`;
  return html`<${Page} title="Numbers" lead="What you hold, at every carrier." actions=${actions}>
    <${Filters} filters=${filters} accounts=${accounts} />
    <${ActiveFilters} filters=${filters} labels=${LABELS} />
    ${pages.problem && !inForm && html`<${PageProblem} problem=${pages.problem} onRetry=${pages.reload} />`}
    <${Sources} sources=${pages.problem ? [] : pages.sources} />
    ${pages.loading && pages.items.length === 0
      ? html`<${Spinner} text="Asking the carriers…" />`
      : html`<${Fragment}>
        ${rows.length > 0 && html`<div class="list-head"><p><strong>${plural(rows.length, "number")}</strong>${pages.loading || pages.hasMore ? html` <span class="muted">so far</span>` : ""}</p>
          <label class="inline"><span aria-hidden="true">Sort by</span> <select aria-label="Sort by" value=${sort} onChange=${(event) => filters.apply({ ...filters.given, sort: event.currentTarget.value })}>
            ${Object.entries(SORTS).map(([name, [text]]) => html`<option key=${name} value=${name} selected=${name === sort}>${text}</option>`)}</select></label></div>
        <${Table} caption="Numbers held" columns=${columnsFor(rows)} rows=${rows} keyOf=${(number) => number.id} busy=${pages.loading} />`}
        ${!pages.problem && rows.length === 0 && !pages.loading && !pages.hasMore && html`<${Nothing} filters=${filters} sources=${pages.sources} />`}
        ${(rows.length > 0 || pages.hasMore) && html`<${More} pages=${pages} noun="number" />`}
      <//>`}
  <//>`;
}
