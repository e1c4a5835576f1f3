/** How a purchase went: its steps, and the evidence that each was settled with. */
import { html } from "../lib/html.js";
import { capital, localTime, plural, providerName, utcClock, word } from "../lib/format.js";
import { Account, Facts, Icon, Price, StateBadge, Time } from "./basic.js";
import { CarrierError } from "./problem.js";
import { Table } from "./table.js";

const carrierOf = (purchase) => providerName(purchase.attempts.at(-1)?.provider ?? purchase.account);

/** The steps as `{text, state, note}`; the state is done, now, asking, failed or todo. */
function steps(purchase) {
  const { state, configuration } = purchase;
  const carrier = carrierOf(purchase);
  const sent = purchase.attempts.some((attempt) => attempt.sent_at);
  const asked = purchase.attempts.at(-1)?.answer;
  const all = [{ text: "Written down", note: "so that it can't be forgotten, or done twice", state: "done" }];
  if (state === "intended") return [...all, { text: `Checking with ${carrier}, then sending`, state: "now" }, { text: "Bought", state: "todo" }];
  if (sent || state !== "failed") all.push({ text: `Sent to ${carrier}`, note: "once", state: "done" });
  if (state === "dispatched") return [...all, { text: `Waiting for ${carrier}'s answer`, state: "now" }, { text: "Bought", state: "todo" }];
  if (state === "unknown") {
    return [...all, { text: "The answer was lost", note: "it may have been bought, or not", state: "asking" }, { text: `Asking ${carrier} what became of it`, state: "now" }];
  }
  if (asked) all.push({ text: "The answer was lost", note: `${carrier} was asked what became of it`, state: "done" });
  if (purchase.needs_person) return [...all, { text: "A person has to decide", note: purchase.error?.detail, state: "asking" }];
  if (state === "failed") return [...all, { text: "Not bought", note: purchase.error?.detail, state: "failed" }];
  all.push({ text: "Bought", note: purchase.late ? "late: it had been presumed failed" : null, state: "done" });
  const settings = { pending: ["Making the settings", "now"], applied: ["Settings made", "done"], failed: ["The settings could not be made", "failed"] };
  const found = settings[configuration.state];
  if (found) all.push({ text: found[0], state: found[1], note: configuration.error?.detail });
  return all;
}

const ICONS = { done: "check", failed: "cross", asking: "question", now: null, todo: "dot" };

export function Steps({ purchase }) {
  const list = purchase
    ? steps(purchase)
    : [{ text: "Writing it down", state: "now" }, { text: "Sent to the carrier", state: "todo" }, { text: "Bought", state: "todo" }];
  return html`<ol class="steps" aria-label="Progress">
    ${list.map(({ text, state, note }) => html`<li key=${text} class=${`step ${state}`} aria-current=${state === "now" ? "step" : undefined}>
      <span class="step-mark">${ICONS[state] ? html`<${Icon} name=${ICONS[state]} />` : html`<span class="spinner" aria-hidden="true"></span>`}</span>
      <span><span class="step-text">${text}</span>${note && html`<span class="small muted step-note">${note}</span>`}</span>
    </li>`)}
  </ol>`;
}

/** So many looks are kept with an attempt; there may have been more. */
const LOOKS_KEPT = 20;

/** What an unknown outcome means, for a person who has money at stake. */
export function Unknown({ purchase }) {
  const looks = purchase.attempts.at(-1)?.looks ?? [];
  return html`<div class="notice warn" role="status">
    <p><strong>It is not known yet whether the number was bought.</strong></p>
    <p>The order was sent once, and the answer did not come back. It will <strong>not</strong> be sent again, so you can't be
      charged twice. Instead ${carrierOf(purchase)} is asked whether you hold the number: at once, and again after 2, 5, 15 and
      30 seconds${looks.length > 0 ? `; so far ${looks.length >= LOOKS_KEPT ? "more than " : ""}${plural(looks.length, "time")}` : ""}. This page shows the outcome as soon as it is known.</p>
    <p>There is nothing you have to do, and you may leave: it stays under <a href="#/purchases">Purchases</a>. Please don't buy
      another number instead until this is settled.</p>
  </div>`;
}

const DOUBTS = {
  disputed: "By the carrier's records it was held before this order was sent, or it has an id that was known before. Somebody else may have bought it: in the carrier's console, or through another system.",
  late: "It turned up more than an hour after this order was sent, or after another purchase had won the number. Somebody else may have bought it since.",
  unknown: "For an hour it could not be found out whether it was sold. trunkline goes on asking the carrier.",
};

/** Why only a person can say what became of it, and what to look for. */
export function Question({ purchase }) {
  const { why, since, provider_id, created_at, t0 } = purchase.needs_person;
  const held = why !== "unknown";
  return html`<div class="notice bad" role="status">
    <p><strong>A person has to decide${held ? `: ${purchase.account} holds the number, but is it this order's?` : "."}</strong> ${DOUBTS[why] ?? capital(word(why))}</p>
    <${Facts} rows=${[
      ["Open since", html`<${Time} at=${since} />`],
      ["Carrier's id", provider_id && html`<span class="mono wrap">${provider_id}</span>`],
      ["Created there", created_at && html`<${Time} at=${created_at} exact /> <span class="small muted">by the carrier's records</span>`],
      ["Ordered", t0 && html`<${Time} at=${t0} exact /> <span class="small muted">by the carrier's clock</span>`],
    ]} />
    <p>Look in the carrier's console who bought <span class="mono">${purchase.number}</span> and when, then settle it by hand. Until then
      its price stays reserved and nothing is set on the number; please don't buy another one instead.</p>
  </div>`;
}

/** A record that was lost, and came back. */
export const Recovered = () => html`<div class="notice warn">
  <p><strong>Recovered.</strong> The record of this purchase had vanished from the database while it was carried out, as happens when a
    backup is restored or a database server fails over, and was written back. Others may be missing: the command
    ${" "}<code>trunkline doctor --numbers</code>${" "}compares what the accounts hold with what is written down.</p>
</div>`;

/** A failure that is only presumed, because the carrier never showed the number. */
export const Presumed = () => html`<div class="notice warn">
  <p><strong>Presumed not bought.</strong> The carrier was asked again and again, and never showed the number. Should it turn up
    within 24 hours after all, this purchase becomes “succeeded, late”.</p>
</div>`;

/** Neighbours that saw the same, as one with a count. */
function folded(looks) {
  const runs = [];
  for (const look of looks) {
    const same = JSON.stringify([look.seen, look.created_at, look.error?.detail]);
    const last = runs.at(-1);
    if (last?.same === same) Object.assign(last, { until: look.at, count: last.count + 1 });
    else runs.push({ ...look, same, until: look.at, count: 1 });
  }
  return runs;
}

function Looks({ looks }) {
  const told = { held: "you hold it", absent: "not there", failed: "no complete answer" };
  return html`<ul class="looks">
    ${looks.length >= LOOKS_KEPT && html`<li class="small muted">The first and the latest are kept.</li>`}
    ${folded(looks).map((look, n) => html`<li key=${n}><time datetime=${look.at} title=${localTime(look.at)} class="mono">${utcClock(look.at)}</time>
      ${look.count > 1 && html`<span class="small">to <time datetime=${look.until} title=${localTime(look.until)} class="mono">${utcClock(look.until)}</time>, ${look.count} times:</span>`}
      <${StateBadge} state=${look.seen === "absent" ? "plain" : look.seen} text=${told[look.seen] ?? word(look.seen)} />
      ${look.created_at && html`<span class="small muted">since <${Time} at=${look.created_at} exact /></span>`}
      ${look.error && html`<${CarrierError} error=${look.error} />`}</li>`)}
  </ul>`;
}

export function Attempts({ purchase }) {
  const undecided = (attempt) => attempt.presumed && purchase.needs_person;
  return html`<ol class="attempts">
    ${purchase.attempts.map((attempt, n) => html`<li key=${n} class="attempt">
      <p class="attempt-head"><strong class="mono">${attempt.number}</strong> at <${Account} account=${attempt.account} provider=${attempt.provider} />
        ${undecided(attempt) ? html`<${StateBadge} state="unknown" text="Undecided" />` : html`<${StateBadge} state=${attempt.state} text=${attempt.presumed ? "Presumed failed" : undefined} />`}</p>
      <${Facts} rows=${[
        ["Sent", attempt.sent_at ? html`<${Time} at=${attempt.sent_at} exact />` : attempt.state === "failed" ? "never: nothing left the gateway" : "not yet"],
        ["Answered", attempt.answered_at && html`<${Time} at=${attempt.answered_at} exact />`],
        ["What came back", attempt.answer && html`<${CarrierError} error=${attempt.answer} />`],
        ["Looks at the account", attempt.looks.length > 0 && html`<${Looks} looks=${attempt.looks} />`],
        ["Evidence", attempt.evidence && capital(attempt.evidence)],
        ["Carrier's id", attempt.provider_id && html`<span class="mono wrap">${attempt.provider_id}</span>`],
        [undecided(attempt) ? "Why a person is asked" : "Why it failed", attempt.error && html`<${CarrierError} error=${attempt.error} />`],
        ["Why this number", attempt.reason && capital(attempt.reason)],
      ]} />
    </li>`)}
  </ol>`;
}

const CANDIDATE = { taken: "Tried", passed_over: "Passed over", waiting: "Not needed" };

/** The candidates of a purchase by criteria. */
export function Candidates({ candidates }) {
  const columns = [
    { head: "Number", primary: true, cell: (candidate) => html`<span class="mono">${candidate.number}</span>` },
    { head: "Account", cell: (candidate) => html`<${Account} account=${candidate.account} provider=${candidate.provider} />` },
    { head: "Price", right: true, cell: (candidate) => html`<${Price} value=${candidate.monthly_price} source=${candidate.price_source} />` },
    { head: "What became of it", cell: (candidate) => CANDIDATE[candidate.state] ?? capital(word(candidate.state)) },
    { head: "Why", cell: (candidate) => candidate.reason ?? "–" },
  ];
  const table = (caption, rows) => html`<${Table} caption=${caption} columns=${columns} rows=${rows} keyOf=${(candidate) => `${candidate.account}${candidate.number}`} />`;
  const waiting = candidates.filter(({ state }) => state === "waiting");
  const tried = candidates.filter(({ state }) => state !== "waiting");
  return html`${tried.length > 0 && table("The numbers that had their turn, best first", tried)}
    ${waiting.length > 0 && html`<details><summary>${plural(waiting.length, "more number")} fitted and had no turn</summary>${table("The numbers that had no turn, best first", waiting)}</details>`}`;
}
