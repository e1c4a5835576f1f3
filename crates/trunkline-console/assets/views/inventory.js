/** What you hold, at all carriers. */
import { Fragment, html, useEffect } from "../lib/html.js";
import { get } from "../lib/api.js";
import { FEATURE_NAMES, NUMBER_TYPES, capital, countries, ownLabel, place, providerName, shownNumber, word } from "../lib/format.js";
import { CheckField, ChecksField, FormProblem, SelectField, TextField } from "../lib/forms.js";
import { ActiveFilters, useFilters } from "../lib/filters.js";
import { link } from "../lib/route.js";
import { useAccounts, usePages } from "../lib/state.js";
import { Account, Badge, Empty, Features, Page, Price, Spinner, StateBadge, Time } from "../ui/basic.js";
import { PageProblem } from "../ui/problem.js";
import { Sources } from "../ui/sources.js";
import { More, Table } from "../ui/table.js";

const LABELS = {
  account: "Account", provider: "Carrier", country: "Country", type: "Type", state: "State", features: "Can do",
  contains: "Contains", label: "Label", owner: "Owner", location: "Place", main: "Main number", available: "Assigned to nobody",
};

const NAMES = [...Object.keys(LABELS), "limit"];

const COLUMNS = [
  {
    head: "Number",
    primary: true,
    cell: (number) => html`<a class="number-link" href=${link(["numbers", number.id])}>${shownNumber(number)}</a>
      ${ownLabel(number) && html`<span class="label">${ownLabel(number)}</span>`}`,
  },
  { head: "Account", cell: (number) => html`<${Account} account=${number.account} provider=${number.provider} />` },
  {
    head: "Where",
    cell: (number) => html`${place(number.location, number.country) || html`<span class="muted">–</span>`}<span class="sub">${capital(word(number.number_type))}</span>`,
  },
  { head: "Can do", cell: (number) => html`<${Features} features=${number.features} />` },
  { head: "State", cell: (number) => html`<${Badges} number=${number} />` },
  { head: "Price", right: true, cell: (number) => (number.monthly_price ? html`<${Price} value=${number.monthly_price} />` : html`<span class="muted">–</span>`) },
];

/** Few carriers name a price for what is held. */
const columnsFor = (items) => COLUMNS.filter(({ head }) => head !== "Price" || items.some((number) => number.monthly_price));

/** Whether the carrier does not know the number any more, though nobody has released it here. */
export const isGone = (number) => number.state === "gone" || Boolean(number.gone_since);

/** Everything about a number's state, in badges. */
export function Badges({ number }) {
  return html`<span class="badges">${number.state === "unknown" ? html`<${Badge}>State not told<//>` : html`<${StateBadge} state=${number.state} />`}
    ${isGone(number) && number.state !== "gone" && html`<${StateBadge} state="gone" />`}
    ${number.main && html`<${Badge} tone="info">Main<//>`}
    ${number.protected && html`<${Badge} icon="lock" title="It can't be released while it is protected">Protected<//>`}
    ${number.shared && html`<${Badge}>Shared<//>`}
    ${number.external && html`<${Badge}>External<//>`}
    ${number.release_held && html`<${Badge} tone="warn" icon="wait">Release overdue<//>`}
    ${number.release_at && !number.release_held && html`<${Badge} tone="warn" icon="wait">Goes <${Time} at=${number.release_at} /><//>`}
    ${(number.tags ?? []).map((tag) => html`<${Badge} key=${tag} tone="tag">${tag}<//>`)}
  </span>`;
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
      <${SelectField} form=${form} name="account" label="Account" options=${[["", "All"], ...(accounts ?? []).map(({ name }) => [name, name])]} />
      <${SelectField} form=${form} name="country" label="Country" options=${[any, ...countries()]} />
      <${SelectField} form=${form} name="type" label="Type" options=${[any, ...[...NUMBER_TYPES, "extension"].map((type) => [type, capital(word(type))])]} />
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

export function Inventory({ query }) {
  const { accounts } = useAccounts();
  const filters = useFilters("numbers", NAMES, query);
  const pages = usePages((cursor, signal) => get("/v1/numbers", { ...filters.given, cursor }, signal), [filters.written]);
  const inForm = pages.problem?.errors.length > 0;
  useEffect(() => filters.form.setProblem(inForm ? pages.problem : null), [pages.problem]);
  const actions = html`<button type="button" class="button" onClick=${pages.reload}>Refresh</button><a class="button primary" href="#/search">Find a number</a>`;
  return html`<${Page} title="Numbers" lead="What you hold, at every carrier." actions=${actions}>
    <${Filters} filters=${filters} accounts=${accounts} />
    <${ActiveFilters} filters=${filters} labels=${LABELS} />
    ${pages.problem && !inForm && html`<${PageProblem} problem=${pages.problem} onRetry=${pages.reload} />`}
    <${Sources} sources=${pages.page?.sources} />
    ${pages.loading && pages.items.length === 0
      ? html`<${Spinner} text="Asking the carriers…" />`
      : html`<${Fragment}>
        ${pages.items.length > 0 && html`<${Table} caption="Numbers held" columns=${columnsFor(pages.items)} rows=${pages.items} keyOf=${(number) => number.id} busy=${pages.loading} />`}
        ${!pages.problem && pages.items.length === 0 && !pages.hasMore && html`<${Nothing} filters=${filters} sources=${pages.page?.sources} />`}
        ${pages.page && (pages.items.length > 0 || pages.hasMore) && html`<${More} pages=${pages} noun="number" />`}
      <//>`}
  <//>`;
}
