/** What happened to a number, by the audit trail; by its purchases for those who may not read the trail. */
import { html } from "../lib/html.js";
import { Problem, get } from "../lib/api.js";
import { money, word } from "../lib/format.js";
import { link } from "../lib/route.js";
import { useLoad, useSession } from "../lib/state.js";
import { Section, Spinner, toneOf } from "../ui/basic.js";
import { PageProblem } from "../ui/problem.js";
import { Feed, ofAudit, withoutBegun } from "../ui/sentences.js";

const ofPurchase = (purchase) => ({
  key: purchase.id,
  at: purchase.created_at,
  tone: toneOf(purchase.state),
  sentence: html`It was ordered at ${purchase.account}${purchase.price ? ` for ${money(purchase.price)} a month` : ""}: <a href=${link(["purchases", purchase.id])}>${word(purchase.state)}</a>${purchase.late && ", late"}.`,
});

/** A part that this key may not read is no reason to hide the others. */
async function optional(load) {
  try {
    return (await load()).data.data;
  } catch (error) {
    if (error instanceof Problem && [401, 403, 404].includes(error.status)) return [];
    throw error;
  }
}

export function History({ number }) {
  const { allowed } = useSession();
  const audited = allowed("GET /v1/audit");
  const found = useLoad(async (signal) => {
    if (!number.number) return [];
    if (audited) return withoutBegun(await optional(() => get("/v1/audit", { number: number.number, limit: 50 }, signal))).map(ofAudit);
    const purchases = await optional(() => get("/v1/purchases", { number: number.number.startsWith("+") ? number.number : "", account: number.account, limit: 20 }, signal));
    return purchases.filter((purchase) => purchase.number === number.number).map(ofPurchase);
  }, [number.id, number.updated_at, number.protected, number.release_at]);
  const entries = found.data ?? [];
  return html`<${Section} title="History">
    ${found.problem && html`<${PageProblem} problem=${found.problem} onRetry=${found.reload} />`}
    ${!found.data && found.loading && html`<${Spinner} />`}
    ${found.data && (entries.length === 0
      ? html`<p class="muted">Nothing happened to it here: it was not bought through this gateway${audited ? "" : ", and your key may not read what else was done"}.</p>`
      : html`<${Feed} entries=${entries} label="What happened to it" />`)}
  <//>`;
}
