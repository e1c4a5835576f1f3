/** Who did what, to which number, and what came of it. */
import { Fragment, html, useEffect } from "../lib/html.js";
import { get } from "../lib/api.js";
import { ActiveFilters, useFilters } from "../lib/filters.js";
import { capital, word } from "../lib/format.js";
import { FormProblem, TextField } from "../lib/forms.js";
import { usePages } from "../lib/state.js";
import { Empty, Page, Spinner, StateBadge, Time } from "../ui/basic.js";
import { CarrierError, PageProblem } from "../ui/problem.js";
import { More, Table } from "../ui/table.js";
import { Changes } from "./history.js";

const LABELS = { number: "Number", action: "Action", key: "Key", outcome: "Outcome" };

const COLUMNS = [
  { head: "What", primary: true, cell: (entry) => html`<strong>${capital(word(entry.action.replaceAll(".", " ")))}</strong><span class="sub mono wrap">${entry.number ?? entry.resource ?? ""}</span>` },
  { head: "Who", cell: (entry) => html`${entry.actor?.key_name ?? entry.actor?.via ?? "–"}${entry.actor?.key_name && entry.actor?.via && html`<span class="sub">${word(entry.actor.via)}</span>`}` },
  { head: "When", cell: (entry) => html`<${Time} at=${entry.at} />` },
  { head: "Outcome", cell: (entry) => html`${entry.outcome ? html`<${StateBadge} state=${entry.outcome} />` : "–"}${entry.error && html`<span class="sub">${typeof entry.error === "string" ? entry.error : html`<${CarrierError} error=${entry.error} />`}</span>`}` },
  { head: "Changes", cell: (entry) => html`<${Changes} before=${entry.before} after=${entry.after} />` },
  { head: "Request", cell: (entry) => html`<span class="mono small wrap">${entry.request_id ?? "–"}</span>` },
];

export function Audit({ query }) {
  const filters = useFilters("audit", Object.keys(LABELS), query);
  const pages = usePages((cursor, signal) => get("/v1/audit", { ...filters.given, cursor }, signal), [filters.written]);
  const inForm = pages.problem?.errors.length > 0;
  useEffect(() => filters.form.setProblem(inForm ? pages.problem : null), [pages.problem]);
  const { form } = filters;
  return html`<${Page} title="Audit" lead="Who did what, to which number, and what came of it." actions=${html`<button type="button" class="button" onClick=${pages.reload}>Refresh</button>`}>
    <form class="filters card" onSubmit=${filters.send} role="search" aria-label="Filter the audit" noValidate ref=${form.element}>
      <${FormProblem} form=${form} />
      <div class="fields">${Object.entries(LABELS).map(([name, label]) => html`<${TextField} key=${name} form=${form} name=${name} label=${label} mono=${name === "number"} />`)}</div>
      <div class="form-foot"><button type="submit" class="button primary">Filter</button></div>
    </form>
    <${ActiveFilters} filters=${filters} labels=${LABELS} />
    ${pages.problem && !inForm && html`<${PageProblem} problem=${pages.problem} onRetry=${pages.reload} />`}
    ${pages.loading && pages.items.length === 0 ? html`<${Spinner} />` : html`<${Fragment}>
      ${pages.items.length > 0 && html`<${Table} caption="What was done" columns=${COLUMNS} rows=${pages.items} keyOf=${(entry) => entry.id} busy=${pages.loading} />`}
      ${!pages.problem && pages.items.length === 0 && html`<${Empty} title=${filters.active.length ? "Nothing fits these filters" : "Nothing was done yet"} />`}
      ${pages.page && pages.items.length > 0 && html`<${More} pages=${pages} noun="entry" nouns="entries" />`}
    <//>`}
  <//>`;
}
