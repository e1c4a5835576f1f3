/** Orders of several numbers: all of them, and how one is getting on. */
import { Fragment, html } from "../lib/html.js";
import { get, path } from "../lib/api.js";
import { capital, countryName, duration, money, plural, sums, word } from "../lib/format.js";
import { link } from "../lib/route.js";
import { useAccounts, useLoad, usePages, usePoll } from "../lib/state.js";
import { Account, Badge, Empty, Facts, Page, Price, Progress, Section, Spinner, StateBadge, Sums, Time } from "../ui/basic.js";
import { CarrierError, PageProblem } from "../ui/problem.js";
import { More, Table } from "../ui/table.js";
import { Criteria } from "./buy.js";
import { MODES } from "./allocate.js";

/** The prices of what it holds. */
const costs = ({ items }) => sums(items.filter(({ state, released }) => state === "succeeded" && !released).map(({ price }) => price));

/** What was ordered, in a few words. */
function wanted({ counts, criteria }) {
  const where = [criteria.locality, criteria.region, criteria.area_code && `area code ${criteria.area_code}`, countryName(criteria.country)].filter(Boolean);
  return `${plural(counts.wanted, `${word(criteria.type ?? "local")} number`)}, ${where.join(", ")}`;
}

const TEXTS = { running: "Buying", succeeded: "All bought", partial: "Some bought", failed: "Failed" };

const State = ({ allocation }) => html`<${StateBadge} state=${allocation.state} text=${TEXTS[allocation.state]} />`;

/** How far it is, and what stands beside what was bought. */
function Bought({ allocation }) {
  const { counts } = allocation;
  const beside = ["failed", "unknown", "open", "released"].filter((name) => counts[name] > 0);
  const texts = { failed: "failed", unknown: "unknown", open: "being bought", released: "given back" };
  return html`<${Progress} done=${counts.bought} of=${counts.wanted} label="Bought" />
    ${beside.length > 0 && html`<span class="sub">${beside.map((name) => `${counts[name]} ${texts[name]}`).join(", ")}</span>`}`;
}

const COLUMNS = [
  { head: "Order", primary: true, cell: (one) => html`<a class="number-link" href=${link(["allocations", one.id])}>${wanted(one)}</a>` },
  { head: "State", cell: (one) => html`<${State} allocation=${one} />` },
  { head: "Bought", cell: (one) => html`<${Bought} allocation=${one} />` },
  { head: "A month", right: true, cell: (one) => html`<${Sums} totals=${costs(one)} />` },
  { head: "At most, each", right: true, cell: (one) => (one.max_monthly_price ? html`<${Price} value=${one.max_monthly_price} per="" />` : html`<span class="muted">no limit</span>`) },
  { head: "Ordered", cell: (one) => html`<${Time} at=${one.created_at} />` },
];

export function Allocations() {
  const pages = usePages((cursor, signal) => get("/v1/allocations", { cursor }, signal), []);
  usePoll(pages.renew, 3000, !pages.loading && pages.items.some(({ state }) => state === "running"));
  const actions = html`<button type="button" class="button" onClick=${pages.reload}>Refresh</button><a class="button primary" href="#/search">Find numbers</a>`;
  return html`<${Page} title="Allocations" lead="Orders of several numbers at once." actions=${actions}>
    ${pages.problem && html`<${PageProblem} problem=${pages.problem} onRetry=${pages.reload} />`}
    ${pages.loading && pages.items.length === 0 ? html`<${Spinner} />` : html`<${Fragment}>
      ${pages.items.length > 0 && html`<${Table} caption="Orders of several numbers" columns=${COLUMNS} rows=${pages.items} keyOf=${(one) => one.id} busy=${pages.loading} />`}
      ${!pages.problem && pages.items.length === 0 && html`<${Empty} title="No order of several numbers yet">
        <p>Search for numbers, then choose “Buy several”.</p><p><a class="button primary" href="#/search">Find numbers</a></p><//>`}
      ${pages.page && pages.items.length > 0 && html`<${More} pages=${pages} noun="order" />`}
    <//>`}
  <//>`;
}

const ITEM_COLUMNS = [
  { head: "Number", primary: true, cell: (item) => (item.purchase_id ? html`<a class="number-link" href=${link(["purchases", item.purchase_id])}>${item.number ?? "A number"}</a>` : html`<span class="muted">${item.number ?? "not chosen yet"}</span>`) },
  { head: "Account", cell: (item) => (item.account ? html`<${Account} account=${item.account} provider=${item.provider} />` : "–") },
  {
    head: "State",
    cell: (item) => html`<span class="badges"><${StateBadge} state=${item.state === "open" ? "pending" : item.state} text=${item.presumed ? "Presumed failed" : item.state === "open" ? "Being bought" : undefined} />
      ${item.late && html`<${Badge} tone="warn">Late<//>`}${item.released && html`<${Badge}>Given back<//>`}</span>${item.error && html`<span class="sub"><${CarrierError} error=${item.error} /></span>`}`,
  },
  { head: "Price", right: true, cell: (item) => html`<${Price} value=${item.price} />` },
];

const back = { href: "#/allocations", text: "Allocations" };

export function Allocation({ id }) {
  const found = useLoad(async (signal) => (await get(path("allocations", id), {}, signal)).data, [id]);
  const { named } = useAccounts();
  const allocation = found.data;
  usePoll(async () => found.reload(), 1500, allocation?.state === "running");
  if (!allocation) {
    return html`<${Page} title="Allocation" back=${back}>${found.problem ? html`<${PageProblem} problem=${found.problem} onRetry=${found.reload} />` : html`<${Spinner} />`}<//>`;
  }
  const { max_monthly_price: most, counts } = allocation;
  const items = allocation.items.map((item) => ({ ...item, provider: named(item.account)?.provider ?? item.account }));
  const took = allocation.finished_at && Date.parse(allocation.finished_at) - Date.parse(allocation.created_at);
  return html`<${Page} title=${capital(wanted(allocation))} back=${back}>
    <div class="columns">
      <${Section} title="Progress">
        <div role="status"><${Facts} rows=${[
          ["State", html`<${State} allocation=${allocation} />`],
          ["Bought", html`<${Bought} allocation=${allocation} />`],
          ["Costs a month", html`<strong><${Sums} totals=${costs(allocation)} otherwise="nothing" /></strong>`],
          ["At most", most ? `${money(most)} each, ${money(sums(Array(counts.wanted).fill(most))[0])} for all` : "no limit but those of the accounts and the key"],
          ["Why no more", allocation.error && html`<${CarrierError} error=${allocation.error} />`],
          ["Ordered", html`<${Time} at=${allocation.created_at} />`],
          ["Finished", allocation.finished_at && html`<${Time} at=${allocation.finished_at} />, after ${duration(took)}`],
        ]} /></div>
      <//>
      <${Section} title="Order">
        <${Criteria} criteria=${allocation.criteria} />
        <${Facts} rows=${[
          ["Which ones", allocation.strategy === "priority" ? "by the accounts' priorities" : "the cheapest"],
          ["If not enough", MODES.find(([mode]) => mode === allocation.mode)?.[1] ?? capital(word(allocation.mode))],
          ["The minimum", allocation.minimum],
          ["If it fails", allocation.release_on_failure && "what was bought is given back"],
          ["Searches", allocation.searches],
          ["Id", html`<span class="mono wrap">${allocation.id}</span>`],
          ["Idempotency key", allocation.idempotency_key && html`<span class="mono wrap">${allocation.idempotency_key}</span>`],
        ]} />
      <//>
    </div>
    <${Section} title="Its numbers">${items.length > 0
      ? html`<${Table} caption="The numbers of this order" columns=${ITEM_COLUMNS} rows=${items} keyOf=${({ item }) => item} />`
      : html`<p class="muted">${allocation.state === "running" ? "Searching…" : "None was bought."}</p>`}<//>
  <//>`;
}
