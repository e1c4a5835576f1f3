/** The journal of purchases, newest first. */
import { Fragment, html, useEffect } from "../lib/html.js";
import { get } from "../lib/api.js";
import { ActiveFilters, useFilters } from "../lib/filters.js";
import { capital } from "../lib/format.js";
import { FormProblem, SelectField, TextField } from "../lib/forms.js";
import { link } from "../lib/route.js";
import { useAccounts, usePages, usePoll } from "../lib/state.js";
import { Account, Badge, Empty, Page, Price, Spinner, StateBadge, Time } from "../ui/basic.js";
import { PageProblem } from "../ui/problem.js";
import { More, Table } from "../ui/table.js";

const LABELS = { state: "State", account: "Account", number: "Number", needs_person: "Waits for a person" };

const STATES = ["intended", "dispatched", "unknown", "succeeded", "failed"];

/** The state as a badge, with what is special about it. */
export function PurchaseState({ purchase }) {
  const presumed = purchase.state === "failed" && purchase.attempts.at(-1)?.presumed;
  const undecided = presumed && purchase.needs_person;
  return html`<span class="badges">${undecided ? html`<${StateBadge} state="unknown" text="Undecided" />` : html`<${StateBadge} state=${purchase.state} text=${presumed ? "Presumed failed" : undefined} />`}
    ${purchase.needs_person && html`<${Badge} tone="bad" icon="question" title="Only a person can say what became of it">Needs a person<//>`}
    ${purchase.recovered && html`<${Badge} tone="warn" title="Its record had vanished from the database, and was written back">Recovered<//>`}
    ${purchase.late && html`<${Badge} tone="warn" title="It had been presumed failed">Late<//>`}
    ${purchase.configuration.state === "failed" && html`<${Badge} tone="warn">Settings failed<//>`}</span>`;
}

const COLUMNS = [
  { head: "Number", primary: true, cell: (purchase) => html`<a class="number-link" href=${link(["purchases", purchase.id])}>${purchase.number}</a>` },
  { head: "Account", cell: (purchase) => html`<${Account} account=${purchase.account} provider=${purchase.attempts.at(-1)?.provider ?? purchase.account} />` },
  { head: "State", cell: (purchase) => html`<${PurchaseState} purchase=${purchase} />${purchase.error && html`<span class="sub">${purchase.error.detail}</span>`}` },
  { head: "Price", right: true, cell: (purchase) => html`<${Price} value=${purchase.price} source=${purchase.price_source} />` },
  { head: "Ordered", cell: (purchase) => html`<${Time} at=${purchase.created_at} />` },
];

export function Purchases({ query }) {
  const { accounts } = useAccounts();
  const filters = useFilters("purchases", Object.keys(LABELS), query);
  const pages = usePages((cursor, signal) => get("/v1/purchases", { ...filters.given, cursor }, signal), [filters.written]);
  const inForm = pages.problem?.errors.length > 0;
  useEffect(() => filters.form.setProblem(inForm ? pages.problem : null), [pages.problem]);
  const open = pages.items.some(({ state }) => ["intended", "dispatched", "unknown"].includes(state));
  usePoll(pages.renew, 3000, open && !pages.loading);
  const { form } = filters;
  return html`<${Page} title="Purchases" lead="Every number ever ordered, with the evidence for its outcome." actions=${html`<button type="button" class="button" onClick=${pages.reload}>Refresh</button>`}>
    <form class="filters card" onSubmit=${filters.send} role="search" aria-label="Filter the purchases" noValidate ref=${form.element}>
      <${FormProblem} form=${form} />
      <div class="fields">
        <${SelectField} form=${form} name="state" label="State" options=${[["", "Any"], ...STATES.map((state) => [state, capital(state)])]} />
        <${SelectField} form=${form} name="account" label="Account" options=${[["", "All"], ...(accounts ?? []).map(({ name }) => [name, name])]} />
        <${TextField} form=${form} name="number" label="Number" mono inputmode="tel" placeholder="+14155550100" />
        <${SelectField} form=${form} name="needs_person" label="Waits for a person" options=${[["", "Any"], ["true", "Yes"], ["false", "No"]]} />
      </div>
      <div class="form-foot"><button type="submit" class="button primary">Filter</button></div>
    </form>
    <${ActiveFilters} filters=${filters} labels=${LABELS} />
    ${pages.problem && !inForm && html`<${PageProblem} problem=${pages.problem} onRetry=${pages.reload} />`}
    ${pages.loading && pages.items.length === 0
      ? html`<${Spinner} />`
      : html`<${Fragment}>
        ${pages.items.length > 0 && html`<${Table} caption="Purchases" columns=${COLUMNS} rows=${pages.items} keyOf=${(purchase) => purchase.id} busy=${pages.loading} />`}
        ${!pages.problem && pages.items.length === 0 && html`<${Empty} title=${filters.active.length ? "No purchase fits these filters" : "Nothing was bought yet"}><p><a class="button primary" href="#/search">Find a number</a></p><//>`}
        ${pages.page && pages.items.length > 0 && html`<${More} pages=${pages} noun="purchase" />`}
      <//>`}
  <//>`;
}
