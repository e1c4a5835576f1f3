/** The first page: what is held where, what it costs, and what waits for a person. */
import { Fragment, html } from "../lib/html.js";
import { get } from "../lib/api.js";
import { money, plural, providerName, sums } from "../lib/format.js";
import { useHoldings } from "../lib/holdings.js";
import { link } from "../lib/route.js";
import { can, useAccounts, useLoad, usePoll, useSession } from "../lib/state.js";
import { Account, Empty, Icon, Page, Section, Spinner, StateBadge, Sums } from "../ui/basic.js";
import { Gauge } from "../ui/charts.js";
import { PageProblem, detailOf } from "../ui/problem.js";
import { Feed, ofEvent } from "../ui/sentences.js";
import { Table } from "../ui/table.js";

const HEALTH = { ok: "Healthy", held: "Held", degraded: "Degraded", down: "Down" };

/** Purchases that wait: `{persons, unknown}`. */
function useOpenPurchases(allowed) {
  const found = useLoad(async (signal) => {
    if (!allowed) return { persons: [], unknown: [] };
    const ask = (query) => get("/v1/purchases", { ...query, limit: 100 }, signal);
    const [persons, unknown] = await Promise.all([ask({ needs_person: "true" }), ask({ state: "unknown" })]);
    return { persons: persons.data.data, unknown: unknown.data.data.filter((purchase) => !purchase.needs_person) };
  }, []);
  usePoll(async () => found.reload(), 5000, Boolean(found.data));
  return found.data ?? { persons: [], unknown: [] };
}

/** Changes made without trunkline that nobody has looked at: at most 100 are counted. */
function useOpenDrifts(allowed) {
  const found = useLoad(async (signal) => (allowed ? (await get("/v1/drift", { open: "true", limit: 100 }, signal)).data.data.length : 0), []);
  usePoll(async () => found.reload(), 5000, Boolean(found.data));
  return found.data ?? 0;
}

/** A line about something that waits, with the way to it. */
const Wait = ({ tone, href, action, children }) => html`<li class=${`notice ${tone}`}><span class="grow">${children}</span><a class="button small-button" href=${href}>${action}</a></li>`;

const some = (purchases) => purchases.slice(0, 3).map(({ number }) => number).join(", ") + (purchases.length > 3 ? " …" : "");

/** Where to settle them: the purchase itself if there is one. */
const settle = (purchases, query) => (purchases.length === 1 ? link(["purchases", purchases[0].id]) : link(["purchases"], query));

/** Everything that somebody should look at. */
function Attention({ open, failing, full, drifts }) {
  const { persons, unknown } = open;
  const calm = persons.length + unknown.length + failing.length + full.length + drifts === 0;
  if (calm) return html`<p class="notice ok"><${Icon} name="check" /> Nothing waits for you: every purchase is settled, and every account answers.</p>`;
  return html`<ul class="waits" aria-label="What waits for you">
    ${persons.length > 0 && html`<${Wait} tone="bad" href=${settle(persons, { needs_person: "true" })} action="Settle"><strong>${plural(persons.length, "purchase needs", "purchases need")} a person:</strong> ${some(persons)}<//>`}
    ${unknown.length > 0 && html`<${Wait} tone="warn" href=${settle(unknown, { state: "unknown" })} action="Follow"><strong>${plural(unknown.length, "purchase has", "purchases have")} an unknown outcome:</strong> ${some(unknown)}. The carrier is being asked.<//>`}
    ${failing.map(({ account, cause }) => html`<${Wait} key=${account.name} tone="bad" href=${link(["accounts", account.name])} action="Look"><strong>${account.name}</strong> (${providerName(account.provider)}) fails: ${cause}<//>`)}
    ${drifts > 0 && html`<${Wait} tone="warn" href="#/drift" action="Look"><strong>${drifts === 100 ? "100 changes or more were" : plural(drifts, "change was", "changes were")} made</strong> at carriers without trunkline.<//>`}
    ${full.map((account) => html`<${Wait} key=${account.name} tone="warn" href=${link(["accounts", account.name])} action="Look"><strong>${account.name}</strong> has committed ${money(account.spend.monthly.committed)} of its ${money(account.spend.monthly.ceiling)} a month.<//>`)}
  </ul>`;
}

const Figure = ({ title, value, note, href }) => html`<a class="figure card" href=${href}><span class="muted small">${title}</span><strong>${value}</strong><span class="small muted">${note}</span></a>`;

/** The cause of a failure in one line. */
function causeOf(account, held) {
  const failed = held?.failed && detailOf(held.failed, account.name);
  return account.health.status === "ok" ? failed : account.health.last_error ?? failed ?? HEALTH[account.health.status];
}

function columns(holdings) {
  const held = ({ name }) => holdings.byAccount.get(name);
  const unsaid = html`<span class="muted">…</span>`;
  return [
    { head: "Account", primary: true, cell: (account) => html`<${Account} account=${account.name} provider=${account.provider} />` },
    {
      head: "Health",
      cell: (account) => html`<${StateBadge} state=${held(account)?.failed && account.health.status === "ok" ? "degraded" : account.health.status} text=${held(account)?.failed && account.health.status === "ok" ? "List failed" : HEALTH[account.health.status]} />
        ${causeOf(account, held(account)) && html`<span class="sub">${causeOf(account, held(account))}</span>`}`,
    },
    { head: "Numbers", right: true, cell: (account) => (held(account)?.failed && held(account).count === 0 ? html`<span class="muted">unknown</span>` : held(account) ? html`<a href=${link([held(account).page], { account: account.name })}>${held(account).count.toLocaleString()}${held(account).more && "+"}</a>` : can(account, "list") ? unsaid : "–") },
    {
      head: "A month",
      right: true,
      cell: (account) => (held(account) ? html`<${Sums} totals=${held(account).totals} otherwise=${held(account).unpriced > 0 ? "no price known" : "–"} />${held(account).unpriced > 0 && held(account).totals.length > 0 && html`<span class="sub">and ${held(account).unpriced.toLocaleString()} without a price</span>`}` : unsaid),
    },
    { head: "Ceiling", cell: ({ spend: { monthly } }) => (monthly ? html`<${Gauge} title="A month" part=${monthly.committed.amount} whole=${monthly.ceiling.amount} text=${`${money(monthly.committed)} of ${money(monthly.ceiling)}`} />` : html`<span class="muted">none</span>`) },
  ];
}

function Recent() {
  const found = useLoad(async (signal) => (await get("/v1/events", { order: "newest", limit: 8 }, signal)).data.data, []);
  usePoll(async () => found.reload(), 5000, Boolean(found.data));
  return html`<${Section} title="Recent events" actions=${html`<a class="small" href="#/events">All events</a>`}>
    ${found.problem && html`<${PageProblem} problem=${found.problem} onRetry=${found.reload} />`}
    ${!found.data && found.loading && html`<${Spinner} />`}
    ${found.data && (found.data.length > 0 ? html`<${Feed} entries=${found.data.map(ofEvent).map(({ details, ...entry }) => entry)} label="Recent events" />` : html`<p class="muted">Nothing happened yet.</p>`)}
  <//>`;
}

/** Keys with a ceiling, by how much of it is used. */
function KeySpend() {
  const found = useLoad(async (signal) => (await get("/v1/keys", { limit: 100 }, signal)).data.data, []);
  const keys = (found.data ?? []).filter(({ state, spend }) => state === "active" && spend.monthly);
  if (keys.length === 0) return null;
  return html`<${Section} title="Keys against their ceilings" actions=${html`<a class="small" href="#/keys">All keys</a>`}>
    <div class="charts">${keys.map(({ id, name, spend: { monthly } }) => html`<${Gauge} key=${id} title=${name} part=${monthly.committed.amount} whole=${monthly.ceiling.amount} text=${`${money(monthly.committed)} of ${money(monthly.ceiling)}`} />`)}</div>
  <//>`;
}

export function Overview() {
  const { accounts, problem } = useAccounts();
  const { allowed } = useSession();
  const reads = allowed("GET /v1/numbers");
  const listing = reads ? (accounts?.filter((account) => can(account, "list")) ?? null) : [];
  const holdings = useHoldings(listing);
  const open = useOpenPurchases(allowed("GET /v1/purchases"));
  const drifts = useOpenDrifts(allowed("GET /v1/drift"));
  const all = [...holdings.byAccount.values()];
  const counted = all.reduce((sum, { count }) => sum + count, 0);
  const unpriced = all.reduce((sum, one) => sum + one.unpriced, 0);
  const totals = sums(all.flatMap(({ prices }) => prices));
  const failing = (accounts ?? []).map((account) => ({ account, cause: causeOf(account, holdings.byAccount.get(account.name)) })).filter(({ cause }) => cause);
  const full = (accounts ?? []).filter(({ spend: { monthly } }) => monthly && Number(monthly.committed.amount) >= 0.8 * Number(monthly.ceiling.amount));
  const waiting = open.persons.length + open.unknown.length;
  const page = all.some((one) => one.page === "numbers") ? "numbers" : "inventory";
  const so = holdings.loading ? "counting…" : null;
  const actions = html`<button type="button" class="button" onClick=${holdings.reload}>Count again</button>${allowed("GET /v1/available-numbers") && html`<a class="button primary" href="#/search">Find a number</a>`}`;
  return html`<${Page} title="Overview" actions=${actions}>
    ${problem && html`<${PageProblem} problem=${problem} />`}
    ${!accounts && !problem && html`<${Spinner} />`}
    ${accounts?.length === 0 && !problem && html`<${Empty} title="No accounts are configured"><p>Accounts are added in the gateway's configuration file.</p><//>`}
    ${accounts?.length > 0 && html`<${Fragment}>
      <${Attention} open=${open} failing=${failing} full=${full} drifts=${drifts} />
      <div class="figures">
        <${Figure} title="Numbers" value=${`${counted.toLocaleString()}${all.some(({ more }) => more) ? "+" : ""}`} note=${so ?? `at ${plural(all.filter(({ count }) => count > 0).length, "account")}`} href=${`#/${page}`} />
        <${Figure} title="A month" value=${totals.length ? totals.map(money).join(" + ") : "–"} note=${so ?? (unpriced ? `and ${unpriced.toLocaleString()} without a known price` : "every price is known")} href=${`#/${page}?sort=${page === "numbers" ? "price" : "-price"}`} />
        <${Figure} title="Unsettled purchases" value=${waiting} note=${open.persons.length ? `${open.persons.length} for a person` : waiting ? "being asked about" : "all are settled"} href=${open.persons.length ? "#/purchases?needs_person=true" : "#/purchases"} />
        <${Figure} title="Accounts" value=${accounts.length} note=${failing.length ? `${failing.length} failing` : "all answer"} href="#/accounts" />
      </div>
      <${Section} title="Held where"><${Table} caption="What is held at each account" columns=${columns(holdings)} rows=${accounts} keyOf=${({ name }) => name} busy=${holdings.loading} /><//>
      ${allowed("GET /v1/keys") && html`<${KeySpend} />`}
      ${allowed("GET /v1/events") && html`<${Recent} />`}
    <//>`}
  <//>`;
}
