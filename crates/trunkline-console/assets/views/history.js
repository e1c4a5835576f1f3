/** What happened to a number: its purchases, and what the audit and the events say of it. */
import { Fragment, html } from "../lib/html.js";
import { Problem, get } from "../lib/api.js";
import { capital, word } from "../lib/format.js";
import { link } from "../lib/route.js";
import { useLoad, useSession } from "../lib/state.js";
import { Data, Section, Spinner, StateBadge, Time } from "../ui/basic.js";
import { PageProblem } from "../ui/problem.js";

const ofPurchase = (purchase) => ({
  at: purchase.created_at,
  what: html`<a href=${link(["purchases", purchase.id])}>Purchase</a> <${StateBadge} state=${purchase.state} />${purchase.late && " late"}`,
});

const ofAudit = (entry) => ({
  at: entry.at,
  what: html`${capital(word(entry.action.replaceAll(".", " ")))} <span class="muted small">by ${entry.actor?.key_name ?? entry.actor?.via ?? "somebody"}</span>
    ${entry.outcome && html` <${StateBadge} state=${entry.outcome} />`}
    ${entry.before && entry.after && html`<${Changes} before=${entry.before} after=${entry.after} />`}`,
});

/** What differs between two documents, field by field. */
export function Changes({ before, after }) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const changed = names.filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]) && name !== "updated_at");
  if (changed.length === 0) return null;
  return html`<ul class="changes">${changed.map((name) => html`<li key=${name}><span class="muted">${capital(word(name))}:</span> <del><${Data} value=${before?.[name]} /></del> → <ins><${Data} value=${after?.[name]} /></ins></li>`)}</ul>`;
}

/** A part that this gateway, or this key, has not is no reason to hide the others. */
async function optional(load) {
  try {
    return (await load()).data.data;
  } catch (error) {
    if (error instanceof Problem && [401, 403, 404].includes(error.status)) return [];
    throw error;
  }
}

export function History({ number }) {
  const { optional: routes } = useSession();
  const found = useLoad(async (signal) => {
    if (!number.number) return [];
    const [purchases, audit] = await Promise.all([
      optional(() => get("/v1/purchases", { number: number.number.startsWith("+") ? number.number : "", account: number.account, limit: 20 }, signal)),
      routes.audit ? optional(() => get("/v1/audit", { number: number.number, limit: 50 }, signal)) : [],
    ]);
    const own = purchases.filter((purchase) => purchase.number === number.number);
    return [...own.map(ofPurchase), ...audit.map(ofAudit)].sort((a, b) => b.at.localeCompare(a.at));
  }, [number.id, number.updated_at, number.protected, number.release_at]);
  const entries = found.data ?? [];
  return html`<${Section} title="History">
    ${found.problem && html`<${PageProblem} problem=${found.problem} onRetry=${found.reload} />`}
    ${!found.data && found.loading && html`<${Spinner} />`}
    ${found.data && (entries.length === 0
      ? html`<p class="muted">Nothing happened to it here: it was not bought through this gateway${routes.audit ? "" : ", and changes are not recorded"}.</p>`
      : html`<ol class="timeline">${entries.map(({ at, what }, n) => html`<li key=${n}><${Fragment}><${Time} at=${at} /><div>${what}</div><//></li>`)}</ol>`)}
  <//>`;
}
