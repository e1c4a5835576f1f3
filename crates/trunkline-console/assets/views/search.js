/** Numbers for sale: asked of all carriers at once, shown carrier by carrier as they answer. */
import { Fragment, html, useEffect, useState } from "../lib/html.js";
import { Problem, get, isAbort, stream } from "../lib/api.js";
import { ADDRESSES, FEATURE_NAMES, NUMBER_TYPES, capital, comparePrices, countries, countryName, place, plural, providerName, word } from "../lib/format.js";
import { ChecksField, FormProblem, SelectField, TextField } from "../lib/forms.js";
import { useFilters } from "../lib/filters.js";
import { announce, can, useAccounts, useLoad, useSession } from "../lib/state.js";
import { Account, Action, Badge, Empty, Features, Page, Price } from "../ui/basic.js";
import { PageProblem } from "../ui/problem.js";
import { Sources, hasFailed } from "../ui/sources.js";
import { Table } from "../ui/table.js";
import { BuyBest, BuyNumber } from "./buy.js";
import { BuySeveral } from "./allocate.js";

const NAMES = [
  "country", "type", "area_code", "contains", "features", "region", "locality", "postal_code", "near", "distance",
  "address_requirement", "rate_center", "lata", "accounts", "limit", "sort",
];

const COMMON = ["country", "type", "area_code", "contains", "features", "sort", "limit"];

const SORTS = {
  price: (a, b) => comparePrices(a.monthly_price, b.monthly_price),
  number: (a, b) => a.number.localeCompare(b.number),
  account: (a, b) => a.account.localeCompare(b.account),
};

function lastCountry() {
  try {
    return localStorage.getItem("trunkline.country") ?? "US";
  } catch {
    return "US";
  }
}

function Form({ filters, accounts, busy }) {
  const { form, send } = filters;
  const selling = (accounts ?? []).filter((account) => can(account, "search_available"));
  const open = filters.active.some((name) => !COMMON.includes(name));
  return html`<form class="filters card" onSubmit=${send} role="search" aria-label="Find numbers for sale" noValidate ref=${form.element}>
    <${FormProblem} form=${form} />
    <div class="fields">
      <${SelectField} form=${form} name="country" label="Country" options=${countries()} />
      <${SelectField} form=${form} name="type" label="Type" options=${NUMBER_TYPES.map((type) => [type === "local" ? "" : type, capital(word(type))])} />
      <${TextField} form=${form} name="area_code" label="Area code" inputmode="numeric" placeholder="such as 415" />
      <${TextField} form=${form} name="contains" label="Contains" placeholder="digits or letters, * for any"
        hint="^415 at the start, 0101$ at the end." />
    </div>
    <${ChecksField} form=${form} name="features" legend="Must be able to do" options=${FEATURE_NAMES.slice(0, 4)} />
    <details open=${open}>
      <summary>More criteria</summary>
      <div class="fields">
        <${TextField} form=${form} name="locality" label="City" />
        <${TextField} form=${form} name="region" label="State or province" placeholder="such as CA" />
        <${TextField} form=${form} name="postal_code" label="Postal code" />
        <${TextField} form=${form} name="near" label="Near" hint="A number, or latitude,longitude." placeholder="+14155550100" />
        <${TextField} form=${form} name="distance" label="Within miles" inputmode="numeric" hint="1 to 500; only with Near." />
        <${SelectField} form=${form} name="address_requirement" label="May ask for" options=${[["", "Any address"], ["none", "No address"], ["local", "At most a local address"], ["foreign", "At most a foreign address"]]} />
        <${TextField} form=${form} name="rate_center" label="Rate centre" hint="Only with LATA." />
        <${TextField} form=${form} name="lata" label="LATA" />
        <${SelectField} form=${form} name="limit" label="At most, of each account" options=${[["", "20"], ["50", "50"], ["100", "100"]]} />
        <${ChecksField} form=${form} name="accounts" legend="Only at" options=${selling.map(({ name }) => [name, name])} />
      </div>
    </details>
    <div class="form-foot">
      <button type="submit" class="button primary" data-busy=${busy ? "true" : undefined}>${busy ? "Search again" : "Search"}</button>
    </div>
  </form>`;
}

/** What is known of each account while the stream runs; its last line says it for certain. */
function expected(accounts, wanted) {
  const chosen = wanted ? wanted.split(",") : null;
  return (accounts ?? []).filter(({ name }) => !chosen || chosen.includes(name)).map((account) => {
    const sells = can(account, "search_available");
    return { account: account.name, provider: account.provider, status: sells ? "waiting" : "unsupported", count: 0, reason: sells ? null : "sells no numbers" };
  });
}

/** One search at a time: what was found so far, and what each account is doing. */
function useSearch(query, accounts) {
  const [state, setState] = useState({ items: [], sources: [], problem: null, running: false, done: false });
  const [turn, setTurn] = useState(0);
  const written = JSON.stringify(query);
  const ready = accounts !== null;
  useEffect(() => {
    if (!query || !ready) return undefined;
    const abort = new AbortController();
    setState({ items: [], sources: expected(accounts, query.accounts), problem: null, running: true, done: false });
    const onItems = (items) => {
      for (const name of new Set(items.map(({ account }) => account))) {
        const own = items.filter(({ account }) => account === name);
        announce(`${providerName(own[0].provider)}: ${plural(own.length, "number")}`);
      }
      setState((now) => ({
        ...now,
        items: [...now.items, ...items],
        sources: now.sources.map((source) => {
          const count = items.filter(({ account }) => account === source.account).length;
          return count ? { ...source, status: "ok", count: source.count + count } : source;
        }),
      }));
    };
    stream("/v1/available-numbers", { ...query, sort: "" }, { onItems, signal: abort.signal }).then(
      (last) => {
        const failed = last.sources.filter(hasFailed).length;
        setState((now) => ({ ...now, sources: last.sources.map(plain), running: false, done: true, problem: last.error ? streamProblem(last.error) : null }));
        announce(failed ? `Search finished; ${plural(failed, "carrier")} failed` : "Search finished");
      },
      (problem) => {
        if (isAbort(problem)) return;
        if (!(problem instanceof Problem)) throw problem;
        setState((now) => ({ ...now, problem, running: false, done: true, sources: [] }));
      },
    );
    return () => abort.abort();
  }, [written, turn, ready]);
  return { ...state, again: () => setTurn(turn + 1) };
}

const streamProblem = (error) => new Problem({ ...error, title: "The search broke off" });

/** A carrier that sells nothing says so shortly. */
const plain = (source) =>
  source.status === "unsupported" && source.error?.detail?.includes("does not offer") ? { ...source, reason: "sells no numbers" } : source;

const needsAddress = (offer) => offer.address_requirement && offer.address_requirement !== "none";

function Results({ found, sort, buy, why }) {
  const rows = [...found.items].sort(SORTS[sort]);
  const columns = [
    {
      head: "Number",
      primary: true,
      cell: (offer) => html`<span class="number-link">${offer.display_number}</span>
        ${needsAddress(offer) && html`<${Badge} tone="warn" title="Needed for the purchase">Needs ${ADDRESSES[offer.address_requirement] ?? "an address"}<//>`}`,
    },
    { head: "Account", cell: (offer) => html`<${Account} account=${offer.account} provider=${offer.provider} />` },
    { head: "Where", cell: (offer) => html`${place(offer.location) || countryName(offer.country)}<span class="sub">${capital(word(offer.number_type))}</span>` },
    { head: "Can do", cell: (offer) => html`<${Features} features=${offer.features} />` },
    {
      head: "Price",
      right: true,
      cell: (offer) => html`<${Price} value=${offer.monthly_price} source=${offer.price_source} />
        ${offer.setup_price && html`<span class="sub">plus <${Price} value=${offer.setup_price} per="once" /></span>`}`,
    },
    {
      head: "Buy",
      hidden: true,
      right: true,
      cell: (offer) => html`<${Action} why=${why} tone="primary" onClick=${() => buy(offer)}>Buy<span class="visually-hidden"> ${offer.display_number} at ${offer.account}</span><//>`,
    },
  ];
  return html`<${Table} caption="Numbers for sale" columns=${columns} rows=${rows} keyOf=${(offer) => `${offer.account}${offer.number}`} busy=${found.running} />`;
}

/** What is on sale in a country, as far as carriers tell. */
function Market({ query }) {
  const load = async (signal) => (await get("/v1/countries", { country: query.country }, signal)).data.data;
  const told = useLoad(load, [query.country]);
  const types = [...new Set((told.data ?? []).flatMap((row) => row.number_types))];
  if (types.length === 0) return null;
  return html`<p class="muted">On sale in ${countryName(query.country)}: ${types.map(word).join(", ")}.</p>`;
}

function Nothing({ query }) {
  const where = [query.area_code && `area code ${query.area_code}`, countryName(query.country)].filter(Boolean).join(", ");
  return html`<${Empty} title=${`Nothing for sale: ${where}`}>
    <p>Try another area code or type, fewer digits, or fewer abilities. Some countries sell only mobile or toll-free numbers.</p>
  <//>`;
}

export function Search({ query }) {
  const { accounts } = useAccounts();
  const { missing } = useSession();
  const asked = query.country ? query : null;
  const filters = useFilters("search", NAMES, { ...query, country: query.country ?? lastCountry() });
  const found = useSearch(asked, accounts);
  const [chosen, setChosen] = useState(null);
  const sort = Object.hasOwn(SORTS, filters.form.values.sort) ? filters.form.values.sort : "price";
  const why = missing("POST /v1/numbers");
  const inForm = found.problem?.errors.length > 0;
  useEffect(() => filters.form.setProblem(inForm ? found.problem : null), [found.problem]);
  useEffect(() => {
    try {
      if (asked) localStorage.setItem("trunkline.country", query.country);
    } catch {
      // Not remembered then.
    }
  }, [query.country]);
  const count = found.items.length;
  return html`<${Page} title="Find and buy" lead="Asks every carrier at once. Nothing is reserved: what you see may be gone a moment later.">
    <${Form} filters=${filters} accounts=${accounts} busy=${found.running} />
    ${asked && html`<section aria-label="Results">
      ${found.problem && !inForm && html`<${PageProblem} problem=${found.problem} onRetry=${found.again} />`}
      <${Sources} sources=${found.sources} />
      <${Market} query=${asked} />
      ${count > 0 && html`<${Fragment}>
        <div class="list-head">
          <p><strong>${plural(count, "number")}</strong>${found.running ? html` <span class="muted">so far</span>` : ""}</p>
          <div class="actions">
            <label class="inline"><span aria-hidden="true">Sort by</span> <select aria-label="Sort by" value=${sort} onChange=${(event) => filters.form.set("sort", event.currentTarget.value)}>
              <option value="price" selected=${sort === "price"}>price</option><option value="number" selected=${sort === "number"}>number</option><option value="account" selected=${sort === "account"}>account</option>
            </select></label>
            <${Action} why=${why} onClick=${() => setChosen({ best: true })}>Buy the best that fits…<//>
            <${BuySeveral} query=${asked} offers=${found.items} />
          </div>
        </div>
        <${Results} found=${found} sort=${sort} why=${why} buy=${(offer) => setChosen({ offer })} />
      <//>`}
      ${found.done && !found.problem && count === 0 && html`<${Nothing} query=${asked} />`}
    </section>`}
    ${chosen?.offer && html`<${BuyNumber} offer=${chosen.offer} close=${() => setChosen(null)} />`}
    ${chosen?.best && html`<${BuyBest} query=${asked} close=${() => setChosen(null)} />`}
  <//>`;
}
