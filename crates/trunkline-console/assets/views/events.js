/** The events, newest first. */
import { Fragment, html } from "../lib/html.js";
import { get } from "../lib/api.js";
import { ActiveFilters, useFilters } from "../lib/filters.js";
import { SelectField } from "../lib/forms.js";
import { useAccounts, usePages } from "../lib/state.js";
import { Empty, Page, Spinner } from "../ui/basic.js";
import { PageProblem } from "../ui/problem.js";
import { EVENT_TYPES, Feed, actionText, ofEvent } from "../ui/sentences.js";
import { More } from "../ui/table.js";

const LABELS = { type: "Type", account: "Account" };

export function Events({ query }) {
  const { accounts } = useAccounts();
  const filters = useFilters("events", Object.keys(LABELS), query);
  const pages = usePages((cursor, signal) => get("/v1/events", { ...filters.given, order: "newest", after: cursor, limit: 50 }, signal), [filters.written]);
  const { form } = filters;
  return html`<${Page} title="Events" lead="What happened, newest first: the same that webhooks get." actions=${html`<button type="button" class="button" onClick=${pages.reload}>Refresh</button>`}>
    <form class="filters card" onSubmit=${filters.send} role="search" aria-label="Filter the events" noValidate ref=${form.element}>
      <div class="fields">
        <${SelectField} form=${form} name="type" label="Type" options=${[["", "All"], ...EVENT_TYPES.map((type) => [type, actionText(type)])]} />
        <${SelectField} form=${form} name="account" label="Account" options=${[["", "All"], ...(accounts ?? []).map(({ name }) => [name, name])]} />
      </div>
      <div class="form-foot"><button type="submit" class="button primary">Filter</button></div>
    </form>
    <${ActiveFilters} filters=${filters} labels=${LABELS} />
    ${pages.problem && html`<${PageProblem} problem=${pages.problem} onRetry=${pages.reload} />`}
    ${pages.loading && pages.items.length === 0 ? html`<${Spinner} />` : html`<${Fragment}>
      ${pages.items.length > 0 && html`<${Feed} entries=${pages.items.map(ofEvent)} days label="Events" />`}
      ${!pages.problem && pages.items.length === 0 && html`<${Empty} title=${filters.active.length ? "Nothing fits these filters" : "Nothing happened yet"}>
        <p>Purchases, changes, releases and verifications appear here. They are kept for 30 days, or as configured.</p><//>`}
      ${pages.page && pages.items.length > 0 && html`<${More} pages=${pages} noun="event" />`}
    <//>`}
  <//>`;
}
