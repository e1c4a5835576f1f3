/** The small pieces that every page is made of. */
import { html, useEffect, useLayoutEffect, useRef, useState } from "../lib/html.js";
import { ago, capital, featuresOf, localTime, money, providerName, utcTime, word } from "../lib/format.js";
import { link } from "../lib/route.js";
import { notify } from "../lib/state.js";

const PATHS = {
  overview: "M4 4h7v9H4zM13 4h7v5h-7zM13 11h7v9h-7zM4 15h7v5H4z",
  allocations: "M4 7 12 3l8 4-8 4zM4 12l8 4 8-4M4 17l8 4 8-4",
  webhooks: "M9 15 15 9M8 11l-2 2a3.500 3.500 0 0 0 5 5l2-2M16 13l2-2a3.500 3.500 0 0 0-5-5l-2 2",
  numbers: "M4 9h16M4 15h16M10 3 8 21M16 3l-2 18",
  inventory: "M4 4h16v5H4zM5 9v11h14V9M10 13h4",
  drift: "M4 8h13M14 5l3 3-3 3M20 16H7M10 13l-3 3 3 3",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M20.500 20.500 16 16",
  purchases: "M6 3h12l1 18-3-2-4 2-4-2-3 2zM9 8h6M9 12h6",
  "caller-ids": "M5 4h4l2 5-2.500 1.500a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2",
  register: "M4 6h10M4 12h10M4 18h6M18 14v7M14.500 17.500h7",
  accounts: "M3 12h4l3-8 4 16 3-8h4",
  audit: "M12 3 4 6v6c0 5 3.500 8 8 9 4.500-1 8-4 8-9V6zM9 12l2 2 4-4",
  events: "M13 3 5 14h6l-1 7 9-11h-6z",
  keys: "M15 9a4 4 0 1 0-3.800 5L13 12.200h2V10M11 13l-7 7M6 18l2 2",
  lock: "M6 11h12v10H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
  check: "m5 12.500 4.500 4.500L19 7.500",
  cross: "M6 6l12 12M18 6 6 18",
  dot: "M12 11.900v.200",
  minus: "M7 12h10",
  wait: "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  question: "M9.500 9a2.500 2.500 0 1 1 3.500 2.300c-.700.400-1 .900-1 1.700v.500M12 17v.100M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  menu: "M4 7h16M4 12h16M4 17h16",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400",
  moon: "M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500",
  auto: "M4 5h16v11H4zM9 20h6M12 16v4",
  back: "M15 5l-7 7 7 7",
};

export const Icon = ({ name }) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
  <path d=${PATHS[name]} />
</svg>`;

export const Logo = () => html`<svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
  <rect width="32" height="32" rx="8" /><path d="M7 16h18M7 9.500h4.500L16 16l4.500 6.500H25M7 22.500h4.500L16 16l4.500-6.500H25" />
</svg>`;

/** A page: its title in the window and as the one `h1`, which gets the focus when the page is come to. */
export function Page({ title, name = title, lead, actions, back, children }) {
  const heading = useRef(null);
  useEffect(() => {
    document.title = `${name} · trunkline`;
  }, [name]);
  useLayoutEffect(() => {
    window.scrollTo(0, 0);
    // The first page leaves the focus to the browser, so that "skip to content" comes first.
    if (Page.left) heading.current?.focus();
    return () => {
      Page.left = true;
    };
  }, []);
  return html`<div class="page">
    ${back && html`<p class="back"><a href=${back.href}><${Icon} name="back" />${back.text}</a></p>`}
    <div class="page-head">
      <div><h1 tabindex="-1" ref=${heading}>${title}</h1>${lead && html`<p class="lead">${lead}</p>`}</div>
      ${actions && html`<div class="actions">${actions}</div>`}
    </div>
    ${children}
  </div>`;
}

export function Section({ title, actions, children, id, quiet }) {
  return html`<section class=${quiet ? "section quiet" : "section"} aria-label=${title} id=${id}>
    <div class="section-head"><h2>${title}</h2>${actions && html`<div class="actions">${actions}</div>`}</div>
    ${children}
  </section>`;
}

export const Badge = ({ tone = "plain", title, icon, children }) =>
  html`<span class=${`badge ${tone}`} title=${title}>${icon && html`<${Icon} name=${icon} />`}${children}</span>`;

const TONES = {
  ok: "ok", active: "ok", delivered: "ok", running: "info", dead: "bad", revoked: "bad", refused: "warn", begun: "info", verified: "ok", succeeded: "ok", closed: "ok", applied: "ok", created: "ok", held: "ok",
  pending: "info", intended: "info", dispatched: "info", existing: "info", half_open: "warn", in_progress: "info",
  unknown: "warn", degraded: "warn", releasing: "warn", expired: "warn", partial: "info", rate_limited: "warn",
  failed: "bad", down: "bad", open: "bad", error: "bad", timeout: "bad",
};

export const toneOf = (state) => TONES[state] ?? "plain";

export const StateBadge = ({ state, text, title }) =>
  html`<${Badge} tone=${toneOf(state)} title=${title}>${text ?? capital(word(state))}<//>`;

/** The first letter of a carrier, in a colour by its name. */
export function Initial({ provider }) {
  const sum = [...provider].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  return html`<span class=${`carrier colour-${sum % 8}`} aria-hidden="true">${providerName(provider).charAt(0)}</span>`;
}

/** An account with its carrier, told apart by more than colour. */
export function Account({ account, provider, href = true }) {
  const text = html`<${Initial} provider=${provider} />
    <span class="account-name">${account}</span>${account !== provider && html`<span class="muted small"> ${providerName(provider)}</span>`}`;
  return href
    ? html`<a class="account" href=${link(["accounts", account])}>${text}</a>`
    : html`<span class="account">${text}</span>`;
}

export const Features = ({ features }) => {
  const able = featuresOf(features);
  return able.length === 0
    ? html`<span class="muted">–</span>`
    : html`<span class="features">${able.map(([name, text]) => html`<span key=${name} class="feature">${text}</span>`)}</span>`;
};

/** Lets what is relative to now be said anew, twice a minute. */
function useNow() {
  const [, turn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => turn((n) => n + 1), 30_000);
    return () => clearInterval(timer);
  }, []);
}

/** A moment as a person says it, with the exact time behind it. `exact` is for what is compared with other records. */
export function Time({ at, otherwise = "–", exact }) {
  useNow();
  return at
    ? html`<time datetime=${at} title=${`${localTime(at)} (${utcTime(at)})`}>${exact ? utcTime(at) : ago(at)}</time>`
    : html`<span class="muted">${otherwise}</span>`;
}

const SOURCES = { config: "from your configuration", unknown: "the carrier names none" };

export function Price({ value, source, per = "a month" }) {
  if (!value) return html`<span class="muted" title="Neither the carrier nor the configuration names a price">unknown</span>`;
  return html`<span class="price" title=${SOURCES[source]}>${money(value)}${per && html`<span class="small muted"> ${per}</span>`}</span>`;
}

/** Copies a text, and says so. */
export function Copy({ text, what }) {
  const [done, setDone] = useState(false);
  // Away from loopback a page without https has no clipboard; the text is there to be selected.
  if (!navigator.clipboard) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    notify(`Copied the ${what}`);
  };
  return html`<button type="button" class="icon-button" aria-label=${`Copy the ${what}`} title="Copy" onClick=${copy}>
    <${Icon} name=${done ? "check" : "copy"} />
  </button>`;
}

export const Spinner = ({ text = "Loading…" }) =>
  html`<p class="loading" role="status"><span class="spinner" aria-hidden="true"></span>${text}</p>`;

export const Empty = ({ title, children }) => html`<div class="empty"><p class="empty-title">${title}</p>${children}</div>`;

/** Facts in two columns; those without a value are left out. */
export const Facts = ({ rows }) => html`<dl class="facts">
  ${rows.filter((row) => row && row[1] !== null && row[1] !== undefined && row[1] !== "" && row[1] !== false)
    .map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}
</dl>`;

/** Several prices, one for each currency. */
export const Sums = ({ totals, otherwise = "–" }) =>
  totals.length ? html`<span class="price">${totals.map((total) => money(total)).join(" + ")}</span>` : html`<span class="muted">${otherwise}</span>`;

/** How much of something is done, with the words that say it. */
export function Progress({ done, of, label }) {
  return html`<span class="progress"><progress max=${of} value=${done} aria-label=${label}></progress><span>${done} of ${of}</span></span>`;
}

/** A button that may be refused: then it stays focusable and says why. */
export function Action({ why, tone = "", onClick, children, id }) {
  const told = why ? { "aria-disabled": "true", title: why } : {};
  const press = () => (why ? notify(why, "warn") : onClick());
  return html`<button type="button" id=${id} class=${`button ${tone}`} ...${told} onClick=${press}>
    ${why && html`<${Icon} name="lock" />`}${children}${why && html`<span class="visually-hidden"> (${why})</span>`}
  </button>`;
}

/** What a carrier alone knows: any JSON, as nested facts. */
export function Data({ value }) {
  if (value === null || value === undefined) return html`<span class="muted">none</span>`;
  if (Array.isArray(value)) {
    if (value.length === 0) return html`<span class="muted">none</span>`;
    if (value.every((item) => typeof item !== "object")) return html`<span>${value.join(", ")}</span>`;
    return html`<ol class="data">${value.map((item, n) => html`<li key=${n}><${Data} value=${item} /></li>`)}</ol>`;
  }
  if (typeof value === "object") {
    const entries = Object.entries(value);
    if (entries.length === 0) return html`<span class="muted">none</span>`;
    return html`<dl class="facts data">${entries.map(([name, inner]) => html`<div key=${name}><dt>${capital(word(name))}</dt><dd><${Data} value=${inner} /></dd></div>`)}</dl>`;
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}
