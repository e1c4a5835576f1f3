/** One account: its health, what it can do, and its main number. */
import { html, useState } from "../lib/html.js";
import { Problem, get, path } from "../lib/api.js";
import { carriers, plural, providerName, shownNumber, word } from "../lib/format.js";
import { link } from "../lib/route.js";
import { can, useAccounts, useLoad } from "../lib/state.js";
import { Facts, Icon, Page, Section, Spinner } from "../ui/basic.js";
import { PageProblem, ProblemBox } from "../ui/problem.js";
import { Charts, Health } from "./accounts.js";
import { METHODS } from "./caller-ids.js";

const back = { href: "#/accounts", text: "Accounts" };

const OPERATIONS = [
  ["search_available", "Search numbers for sale"], ["purchase", "Buy a number"], ["register", "Register a number"],
  ["register_range", "Register a range"], ["list", "List numbers"], ["update", "Change a number"], ["release", "Release a number"],
  ["get_main", "Show the main number"], ["set_main", "Choose the main number"], ["list_caller_ids", "List caller IDs"],
  ["start_caller_id", "Verify a caller ID"], ["update_caller_id", "Change a caller ID"], ["delete_caller_id", "Remove a caller ID"],
];

function Abilities({ account }) {
  const { capability } = account;
  const list = (names) => (names.length ? names.map(word).join(", ") : null);
  return html`<${Section} title="What it can do">
    <ul class="abilities">${OPERATIONS.map(([operation, text]) => {
      const able = can(account, operation);
      return html`<li key=${operation} class=${able ? "able" : "unable"}><${Icon} name=${able ? "check" : "cross"} />${text}<span class="visually-hidden">${able ? ": yes" : ": no"}</span></li>`;
    })}</ul>
    <${Facts} rows=${[
      ["Types for sale", list(capability.number_types)],
      ["Countries", capability.countries ? capability.countries.join(", ") : can(account, "search_available") && "as the carrier answers"],
      ["Searches by", list([...capability.search_filters, ...capability.search_filters_local])],
      ["Can change", list(capability.writable)],
      ["Takes numbers back", can(account, "release") && (capability.release_cooldown_days ? `from ${plural(capability.release_cooldown_days, "day")} after the purchase` : "at any time")],
      ["Names prices in searches", can(account, "search_available") && (capability.search_has_prices ? "yes" : "no")],
    ]} />
  <//>`;
}

function MainNumber({ account }) {
  const several = carriers.get(account.provider)?.by_location ?? false;
  const places = useLoad(async (signal) => {
    if (!several) return [];
    const { data } = await get("/v1/numbers", { account: account.name, main: "true", limit: 100 }, signal);
    return data.data;
  }, [account.name]);
  const one = useLoad(async (signal) => {
    if (several) return null;
    try {
      return (await get(`${path("accounts", account.name)}/main-number`, {}, signal)).data;
    } catch (error) {
      // That there is none is an answer.
      if (error instanceof Problem && error.status === 404) return null;
      throw error;
    }
  }, [account.name]);
  const numbers = several ? (places.data ?? []) : [one.data].filter(Boolean);
  return html`<${Section} title=${several ? "Main numbers" : "Main number"}>
    <${ProblemBox} problem=${places.problem ?? one.problem} />
    ${places.loading || one.loading ? html`<${Spinner} />` : numbers.length === 0
      ? html`<p class="muted">None. Choose one on a number's page.</p>`
      : html`<${Facts} rows=${numbers.map((number) => [several ? (number.location.name ?? "A place") : "Number", html`<a href=${link(["numbers", number.id])}>${shownNumber(number)}</a>`])} />`}
  <//>`;
}

export function AccountPage({ id }) {
  const { accounts, problem, named, history } = useAccounts({ pace: 2000 });
  const [shown] = useState(id);
  const account = named(shown);
  if (!account) {
    return html`<${Page} title=${accounts ? "No such account" : "Account"} back=${back}>
      ${problem ? html`<${PageProblem} problem=${problem} />` : accounts ? html`<p>There is no account ${id}, or your key does not see it.</p>` : html`<${Spinner} />`}
    <//>`;
  }
  const carrier = carriers.get(account.provider);
  const actions = html`<a class="button" href=${link(["numbers"], { account: account.name })}>Its numbers</a><a class="button" href=${link(["purchases"], { account: account.name })}>Its purchases</a>`;
  return html`<${Page} title=${account.name} lead=${providerName(account.provider)} actions=${actions} back=${back}>
    <${Section} title="Health">
      <${Health} account=${account} />
      <${Charts} account=${account} samples=${history.get(account.name) ?? []} />
    <//>
    <div class="columns">
      <${Section} title="Settings">
        <${Facts} rows=${[
          ["At the carrier", html`<span class="mono wrap">${account.identity}</span>`],
          ["Priority", account.priority],
          ["Requests a second", account.limits.per_second ?? "no limit"],
          ["Burst", account.limits.burst],
          ["At once", account.limits.concurrency],
          ["Caller IDs", METHODS[account.capability.caller_id_method]],
          ["Carrier's documentation", carrier?.documentation.length > 0 && carrier.documentation.map((page) => html`<a key=${page} class="wrap" href=${page} rel="noreferrer" target="_blank">${page}</a> `)],
        ]} />
      <//>
      ${can(account, "get_main") && html`<${MainNumber} account=${account} />`}
    </div>
    <${Abilities} account=${account} />
  <//>`;
}
