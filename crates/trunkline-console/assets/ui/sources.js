/** What each carrier contributed to an answer. One that failed is always shown, and never hides the others. */
import { html } from "../lib/html.js";
import { duration, plural, providerName, word } from "../lib/format.js";
import { Account, Icon } from "./basic.js";
import { CarrierError } from "./problem.js";

const ICONS = { ok: "check", partial: "check", pending: "wait", waiting: "wait", unsupported: "minus" };
const TONES = { ok: "ok", partial: "ok", pending: "plain", waiting: "info", unsupported: "plain", rate_limited: "warn" };

function summary(source, noun) {
  switch (source.status) {
    case "waiting": return source.count ? `${plural(source.count, noun)}, more to come` : "asking…";
    case "ok": return source.truncated ? `${plural(source.count, noun)}, and it has more` : plural(source.count, noun);
    case "partial": return `${plural(source.count, noun)} so far`;
    case "pending": return "its turn comes later";
    case "unsupported": return "not asked";
    case "rate_limited": return "asked us to wait";
    case "timeout": return "took too long";
    default: return source.status === "error" ? "failed" : word(source.status);
  }
}

const FAILED = ["error", "timeout", "rate_limited"];

export const hasFailed = (source) => FAILED.includes(source.status) || (source.error && source.status !== "unsupported");

/** Why an account was not asked: the filters that it can't do, or that it sells nothing. */
function reason(source) {
  if (source.status !== "unsupported") return null;
  if (source.reason) return source.reason;
  const filters = source.filters?.unsupported ?? [];
  if (filters.length && source.error?.detail?.includes("does not offer") !== true) return `can't filter by ${filters.map(word).join(", ")}`;
  return source.error?.detail ?? null;
}

export function Sources({ sources, noun = "number" }) {
  if (!sources?.length) return null;
  const failed = sources.filter(hasFailed);
  return html`<div class="sources">
    <ul class="source-list" aria-label="What each account contributed">
      ${sources.map((source) => {
        const tone = hasFailed(source) ? (source.status === "rate_limited" ? "warn" : "bad") : (TONES[source.status] ?? "plain");
        return html`<li key=${source.account} class=${`source ${tone}`} data-account=${source.account} data-status=${source.status}
          title=${reason(source) ?? (source.latency_ms ? `answered in ${duration(source.latency_ms)}` : undefined)}>
          ${source.status === "waiting" ? html`<span class="spinner" aria-hidden="true"></span>` : html`<${Icon} name=${hasFailed(source) ? "cross" : (ICONS[source.status] ?? "dot")} />`}
          <${Account} account=${source.account} provider=${source.provider} href=${false} />
          <span class="source-text">${summary(source, noun)}</span>
        </li>`;
      })}
    </ul>
    ${failed.length > 0 && html`<div class="notice bad" role="alert">
      <p><strong>${failed.length === 1 ? `${providerName(failed[0].provider)} did not answer properly.` : `${failed.length} carriers did not answer properly.`}</strong>
        ${" "}What the others answered is complete.</p>
      <ul>${failed.map((source) => html`<li key=${source.account}><strong>${source.account}</strong>: <${CarrierError} account=${source.account} error=${source.error ?? { detail: summary(source, noun) }} /></li>`)}</ul>
    </div>`}
  </div>`;
}
