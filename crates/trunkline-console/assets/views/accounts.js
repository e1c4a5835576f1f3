/** The accounts: how each is doing, and has been while this page was open. */
import { html } from "../lib/html.js";
import { capital, duration, money, providerName, word } from "../lib/format.js";
import { link } from "../lib/route.js";
import { useAccounts } from "../lib/state.js";
import { Empty, Initial, Page, Spinner, StateBadge } from "../ui/basic.js";
import { Gauge, LineChart, StateChart } from "../ui/charts.js";
import { PageProblem } from "../ui/problem.js";

const HEALTH = {
  ok: "Answers as it should",
  held: "Asked us to keep away for a while",
  degraded: "The last call failed",
  down: "Failed so often that nothing is sent for the moment",
};

export function Health({ account }) {
  const { health } = account;
  return html`<p class="health"><${StateBadge} state=${health.status} text=${{ ok: "Healthy", held: "Held", degraded: "Degraded", down: "Down" }[health.status] ?? capital(word(health.status))} />
    <span>${HEALTH[health.status] ?? ""}${health.held_for_ms ? `: ${duration(health.held_for_ms)} more` : ""}</span></p>
    ${health.last_error && html`<p class="small carrier-error">Last error: ${health.last_error}</p>`}`;
}

const BREAKER = { closed: "closed: calls go through", open: "open: calls are kept back", half_open: "half open: trying again" };

const inFlight = (sample) => [sample.inFlight, sample.concurrency];
const remaining = (sample) => [sample.remaining, sample.burst];

export function Charts({ account, samples }) {
  const { spend, limits } = account;
  return html`<div class="charts">
    <${StateChart} title="Breaker" samples=${samples} read=${(sample) => sample.breaker} words=${BREAKER} />
    <${LineChart} title="Calls under way" samples=${samples} read=${inFlight} />
    ${limits.per_second !== null
      ? html`<${LineChart} title="Quota left" samples=${samples} read=${remaining} />`
      : html`<figure class="chart"><figcaption><span>Quota</span><strong>no limit set</strong></figcaption></figure>`}
    ${spend.monthly && html`<${Gauge} title="Monthly prices" part=${spend.monthly.committed.amount} whole=${spend.monthly.ceiling.amount} text=${`${money(spend.monthly.committed)} of ${money(spend.monthly.ceiling)}`} />`}
    ${spend.setup && html`<${Gauge} title=${`Set-up fees, ${spend.setup.month}`} part=${spend.setup.committed.amount} whole=${spend.setup.ceiling.amount} text=${`${money(spend.setup.committed)} of ${money(spend.setup.ceiling)}`} />`}
  </div>`;
}

export function Accounts() {
  const { accounts, problem, history } = useAccounts({ pace: 2000 });
  return html`<${Page} title="Accounts" lead="One for each credential at a carrier. The charts run while this page is open.">
    ${problem && html`<${PageProblem} problem=${problem} />`}
    ${!accounts && !problem && html`<${Spinner} />`}
    ${accounts?.length === 0 && html`<${Empty} title="No accounts are configured"><p>Accounts are added in the gateway's configuration file.</p><//>`}
    <div class="cards">${(accounts ?? []).map((account) => html`<section key=${account.name} class="card account-card" aria-label=${account.name}>
      <h2><${Initial} provider=${account.provider} /><a href=${link(["accounts", account.name])}>${account.name}</a></h2>
      <p class="muted small wrap">${providerName(account.provider)} · ${account.identity}</p>
      <${Health} account=${account} />
      <${Charts} account=${account} samples=${history.get(account.name) ?? []} />
    </section>`)}</div>
  <//>`;
}
