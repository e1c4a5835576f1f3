/** The events. */
import { Fragment, html } from "../lib/html.js";
import { get } from "../lib/api.js";
import { capital, word } from "../lib/format.js";
import { usePages } from "../lib/state.js";
import { Data, Empty, Page, Spinner, Time } from "../ui/basic.js";
import { PageProblem } from "../ui/problem.js";
import { More, Table } from "../ui/table.js";

/** What the name of a type does not say. */
const TYPES = {
  "number.gone": "Number gone: released without trunkline",
  "number.returned": "Number that was gone is there again",
  "number.release_held": "Release waits for a person",
  "purchase.needs_person": "Purchase needs a person",
  "purchase.recovered": "Purchase recovered: its record had vanished",
};

const COLUMNS = [
  { head: "What", primary: true, cell: (event) => html`<strong>${TYPES[event.type] ?? capital(word(event.type.replaceAll(".", " ")))}</strong>` },
  { head: "When", cell: (event) => html`<${Time} at=${event.at} />` },
  { head: "Of what", cell: (event) => html`<span class="mono wrap">${event.resource}</span>${event.sequence !== null && event.sequence !== undefined && html`<span class="sub">its event ${event.sequence}</span>`}` },
  { head: "Details", cell: (event) => html`<details><summary>Show</summary><${Data} value=${event.data} /></details>` },
];

export function Events() {
  const pages = usePages((cursor, signal) => get("/v1/events", { after: cursor, limit: 50 }, signal), []);
  return html`<${Page} title="Events" lead="What happened, oldest first: the same that webhooks are told." actions=${html`<button type="button" class="button" onClick=${pages.reload}>Refresh</button>`}>
    ${pages.problem && html`<${PageProblem} problem=${pages.problem} onRetry=${pages.reload} />`}
    ${pages.loading && pages.items.length === 0 ? html`<${Spinner} />` : html`<${Fragment}>
      ${pages.items.length > 0 && html`<${Table} caption="Events" columns=${COLUMNS} rows=${pages.items} keyOf=${(event) => event.id} busy=${pages.loading} />`}
      ${!pages.problem && pages.items.length === 0 && html`<${Empty} title="Nothing happened yet" />`}
      ${pages.page && pages.items.length > 0 && html`<${More} pages=${pages} noun="event" />`}
    <//>`}
  <//>`;
}
