/** An order on its way. The page sends it, and sends it again under the same key when it is reloaded. */
import { Fragment, html, useEffect, useRef, useState } from "../lib/html.js";
import { Problem, get, path, write } from "../lib/api.js";
import { countryName, money, providerName } from "../lib/format.js";
import { findOrder, keepOrder, signature } from "../lib/orders.js";
import { link } from "../lib/route.js";
import { announce, usePoll, useSession } from "../lib/state.js";
import { Facts, Page, Price, Section, Time } from "../ui/basic.js";
import { Attempts, Presumed, Question, Steps, Unknown } from "../ui/evidence.js";
import { ProblemBox } from "../ui/problem.js";
import { Amend, isAmendable } from "./amend.js";

/** Seconds that the gateway may hold the answer back; then the progress is asked for. */
const WAIT = 2;

const isOpen = (purchase) => ["intended", "dispatched", "unknown"].includes(purchase.state) || purchase.configuration.state === "pending";

/** Milliseconds after its confirmation in which an order is sent without being asked again: as long as a quote lives. */
const FRESH = 15 * 60_000;

/** A refusal is final; anything else leaves open what became of the order, and one who signs in anew goes on where they were. */
const isRefusal = ({ status, kind }) => status >= 400 && status < 500 && status !== 401 && kind !== "protocol";

/** Sends the order, and then asks how its purchase is getting on. */
function useOrder(order) {
  const [state, setState] = useState({ purchase: null, problem: null, lost: null, sending: false, waiting: false });
  const sending = useRef(false);
  const note = (change) => setState((now) => ({ ...now, ...change }));
  const follow = async (id) => {
    try {
      const purchase = (await get(path("purchases", id))).data;
      // A conflict names the purchase that has the number, which is not this order's.
      if (purchase.idempotency_key !== order.key) return;
      keepOrder({ ...order, purchaseId: id });
      note({ purchase });
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      note({ problem });
    }
  };
  const send = async () => {
    if (sending.current) return;
    sending.current = true;
    note({ problem: null, sending: true, waiting: false });
    try {
      const { data } = await write("POST", "/v1/numbers", order.body, { key: order.key, wait: WAIT });
      keepOrder({ ...order, purchaseId: data.purchase.id });
      note({ purchase: data.purchase });
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (isRefusal(problem)) keepOrder({ ...order, refused: problem.document });
      note({ problem });
      if (problem.purchaseId) await follow(problem.purchaseId);
    } finally {
      sending.current = false;
      note({ sending: false });
    }
  };
  useEffect(() => {
    // A page that a browser restores the next morning must not buy: only what was confirmed a moment ago goes by itself.
    if (order.purchaseId) follow(order.purchaseId);
    else if (order.refused) note({ problem: new Problem(order.refused) });
    else if (Date.now() - Date.parse(order.at) < FRESH) send();
    else note({ waiting: true });
  }, []);
  const { purchase } = state;
  usePoll(async () => {
    try {
      note({ purchase: (await get(path("purchases", purchase.id))).data, lost: null });
    } catch (lost) {
      if (!(lost instanceof Problem)) throw lost;
      note({ lost });
    }
  }, 1000, Boolean(purchase && isOpen(purchase)));
  useEffect(() => {
    if (purchase?.needs_person) announce("A person has to decide what became of it");
    else if (purchase) announce({ succeeded: "The number is yours", failed: "Not bought", unknown: "The outcome is not known yet" }[purchase.state] ?? "The order is on its way");
  }, [purchase?.state]);
  return { ...state, send };
}

function What({ what }) {
  if (what.criteria) {
    return html`<p>The ${what.strategy === "priority" ? "first by priority" : "cheapest"} number that fits${" "}
      ${[what.criteria.area_code && `area code ${what.criteria.area_code}`, countryName(what.criteria.country)].filter(Boolean).join(", ")}${what.ceiling && html`, at most ${money(what.ceiling)} a month`}.</p>`;
  }
  return html`<${Facts} rows=${[
    ["Number", html`<strong class="mono">${what.display}</strong>`],
    ["From", providerName(what.provider)],
    ["Monthly price", html`<${Price} value=${what.price} per="" />`],
    ["Once", what.setup && html`<${Price} value=${what.setup} per="" />`],
  ]} />`;
}

function Bought({ purchase, from }) {
  return html`<div class="notice ok" role="status">
    <p><strong>${purchase.number} is yours.</strong>${purchase.late && " The carrier carried the order out late."}</p>
    ${purchase.configuration.state === "failed" && html`<p>Its settings could not be made; set them on its page.</p>`}
    <p><a class="button primary" href=${link(["numbers", purchase.number_id])}>Go to the number</a> <a class="button" href=${from}>Find another</a></p>
  </div>`;
}

/** A failure, in the order's own terms: was anything bought, and what can be done now? */
function Failed({ problem, purchase, send, order }) {
  if (!purchase && isAmendable(problem)) return html`<${Amend} order=${order} problem=${problem} />`;
  const { from } = order;
  if (purchase?.needs_person) return html`<${Question} purchase=${purchase} />`;
  const unsure = problem.kind === "network" || problem.kind === "protocol" || (problem.status >= 500 && !purchase);
  const settled = purchase?.state === "failed";
  const presumed = purchase?.attempts.at(-1)?.presumed;
  return html`<${Fragment}>
    ${presumed ? html`<${Presumed} />` : html`<${ProblemBox} problem=${problem} onRetry=${settled ? undefined : send} retry=${unsure ? "Send the same order again" : "Try again"} />`}
    ${unsure
      ? html`<p>It is unclear whether the order arrived. Sending it again is safe: it has the same key, and the gateway buys nothing twice under one key.</p>`
      : html`<p>${presumed ? "As far as can be told nothing was bought." : "Nothing was bought."} <a href=${from}>Search again</a>: prices and stock are as of the moment of the search.</p>`}
  <//>`;
}

function Sent({ order }) {
  const { purchase, problem, lost, sending, waiting, send } = useOrder(order);
  const title = purchase?.state === "succeeded" ? "Bought" : purchase?.needs_person ? "Not decided yet" : problem && !sending ? "Not bought" : purchase?.state === "failed" ? "Not bought" : "Buying";
  const problems = problem && !sending && purchase?.state !== "succeeded";
  return html`<${Page} title=${problem && !purchase && !sending && ["network", "protocol"].includes(problem.kind) ? "Order not confirmed" : title} back=${{ href: order.from, text: "Find and buy" }}>
    <div class="card order">
      <${What} what=${order.what} />
      ${waiting && html`<div class="notice warn"><p>You confirmed this order on <${Time} at=${order.at} />, and no answer to it was seen here. Sending it again is safe:
        it has the same key, and the gateway buys nothing twice under one key.</p><p><button type="button" class="button primary" onClick=${send}>Send the order</button></p></div>`}
      ${!waiting && !(problems && !purchase) && html`<${Steps} purchase=${purchase} />`}
      ${purchase?.state === "unknown" && (purchase.needs_person ? html`<${Question} purchase=${purchase} />` : html`<${Unknown} purchase=${purchase} />`)}
      ${purchase?.state === "succeeded" && html`<${Bought} purchase=${purchase} from=${order.from} />`}
      ${problems && html`<${Failed} problem=${problem} purchase=${purchase} send=${send} order=${order} />`}
      ${!problem && purchase?.state === "failed" && purchase.needs_person && html`<${Question} purchase=${purchase} />`}
      ${!problem && purchase?.state === "failed" && !purchase.needs_person && html`<${Fragment}>
        ${purchase.attempts.at(-1)?.presumed && html`<${Presumed} />`}
        <p>Nothing was bought: ${purchase.error?.detail}. <a href=${order.from}>Search again</a>.</p>
      <//>`}
      ${lost && html`<p class="notice warn" role="status">The gateway does not answer at the moment; the order goes on without this page. Asking again…</p>`}
    </div>
    ${purchase && html`<${Section} title="Evidence" quiet actions=${html`<a href=${link(["purchases", purchase.id])}>${purchase.needs_person ? "Settle it by hand" : "The whole purchase"}</a>`}><${Attempts} purchase=${purchase} /><//>`}
  <//>`;
}

export function Order({ id }) {
  const { session } = useSession();
  const order = findOrder(id);
  if (!order || order.owner !== signature(session)) {
    return html`<${Page} title="Order not here" back=${{ href: "#/purchases", text: "Purchases" }}>
      <p>This order was confirmed in another tab or with another key, and nothing was sent from here. What became of it is under <a href="#/purchases">Purchases</a>.</p>
    <//>`;
  }
  return html`<${Sent} order=${order} />`;
}
