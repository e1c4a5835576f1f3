/** Who did what, to which number, and what came of it. */
import { Fragment, html, useEffect } from "../lib/html.js";
import { get } from "../lib/api.js";
import { ActiveFilters, useFilters } from "../lib/filters.js";
import { capital } from "../lib/format.js";
import { FormProblem, SelectField, TextField } from "../lib/forms.js";
import { useAccounts, useLoad, usePages, useSession } from "../lib/state.js";
import { Empty, Page, Spinner } from "../ui/basic.js";
import { PageProblem } from "../ui/problem.js";
import { ACTION_TYPES, Feed, actionText, ofAudit, withoutBegun } from "../ui/sentences.js";
import { More } from "../ui/table.js";

const LABELS = { number: "Number", action: "Action", account: "Account", key: "Key", outcome: "Outcome", from: "From", to: "To" };

const OUTCOMES = ["ok", "refused", "failed", "unknown", "begun"];

/** A day of the reader's as the moment at which it begins, or the next one does. */
function midnight(day, later = 0) {
  const [year, month, date] = day.split("-").map(Number);
  return day ? new Date(year, month - 1, date + later).toISOString() : "";
}

export function Audit({ query }) {
  const { accounts } = useAccounts();
  const { allowed } = useSession();
  const filters = useFilters("audit", Object.keys(LABELS), query);
  const asked = { ...filters.given, from: midnight(filters.given.from), to: midnight(filters.given.to, 1) };
  const pages = usePages((cursor, signal) => get("/v1/audit", { ...asked, cursor }, signal), [filters.written]);
  const keys = useLoad(async (signal) => (allowed("GET /v1/keys") ? (await get("/v1/keys", { limit: 100 }, signal)).data.data : []), []);
  const inForm = pages.problem?.errors.length > 0;
  useEffect(() => filters.form.setProblem(inForm ? pages.problem : null), [pages.problem]);
  const { form } = filters;
  const all = ["", "All"];
  const rows = filters.given.outcome === "begun" ? pages.items : withoutBegun(pages.items);
  return html`<${Page} title="Audit" lead="Who did what, to which number, and what came of it; newest first." actions=${html`<button type="button" class="button" onClick=${pages.reload}>Refresh</button>`}>
    <form class="filters card" onSubmit=${filters.send} role="search" aria-label="Filter the audit" noValidate ref=${form.element}>
      <${FormProblem} form=${form} />
      <div class="fields">
        <${TextField} form=${form} name="number" label="Number" mono inputmode="tel" placeholder="+14155550100" />
        <${SelectField} form=${form} name="action" label="Action" options=${[all, ...ACTION_TYPES.map((action) => [action, actionText(action)])]} />
        <${SelectField} form=${form} name="outcome" label="Outcome" options=${[all, ...OUTCOMES.map((outcome) => [outcome, capital(outcome)])]} />
        <${SelectField} form=${form} name="account" label="Account" options=${[all, ...(accounts ?? []).map(({ name }) => [name, name])]} />
        <${SelectField} form=${form} name="key" label="Key" options=${[all, ...(keys.data ?? []).map(({ id, name }) => [id, name])]} />
        <${TextField} form=${form} name="from" label="From" type="date" />
        <${TextField} form=${form} name="to" label="To" type="date" />
      </div>
      <div class="form-foot"><button type="submit" class="button primary">Filter</button></div>
    </form>
    <${ActiveFilters} filters=${filters} labels=${LABELS} />
    ${pages.problem && !inForm && html`<${PageProblem} problem=${pages.problem} onRetry=${pages.reload} />`}
    ${pages.loading && pages.items.length === 0 ? html`<${Spinner} />` : html`<${Fragment}>
      ${rows.length > 0 && html`<${Feed} entries=${rows.map(ofAudit)} days label="What was done" />`}
      ${!pages.problem && pages.items.length === 0 && html`<${Empty} title=${filters.active.length ? "Nothing fits these filters" : "Nothing was done yet"} />`}
      ${pages.page && pages.items.length > 0 && html`<${More} pages=${{ ...pages, items: rows }} noun="entry" nouns="entries" />`}
    <//>`}
  <//>`;
}
