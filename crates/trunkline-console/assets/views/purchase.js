/** One purchase: how far it is, what it was settled with, and a person's verdict where nothing else can settle it. */
import { Fragment, html, useState } from "../lib/html.js";
import { Problem, get, path, write } from "../lib/api.js";
import { FormProblem, SelectField, Submit, TextField, useForm } from "../lib/forms.js";
import { capital, word } from "../lib/format.js";
import { link } from "../lib/route.js";
import { notify, useLoad, usePoll, useSession } from "../lib/state.js";
import { Account, Action, Facts, Page, Price, Section, Spinner, Time } from "../ui/basic.js";
import { Dialog } from "../ui/dialog.js";
import { Attempts, Candidates, Presumed, Question, Recovered, Steps, Unknown } from "../ui/evidence.js";
import { CarrierError, PageProblem } from "../ui/problem.js";
import { Criteria } from "./buy.js";
import { PurchaseState } from "./purchases.js";

const back = { href: "#/purchases", text: "Purchases" };

/** Whether it failed by absence alone, or with a question: then a person's word can still change it. */
const isPresumed = ({ state, attempts }) => state === "failed" && Boolean(attempts.at(-1)?.presumed);

function Resolve({ purchase, close, saved }) {
  const asked = purchase.needs_person;
  // What is presumed failed already can only be found to be bought.
  const outcomes = [["failed", "Not bought"], ["succeeded", "Bought"]].slice(isPresumed(purchase) && !asked ? 1 : 0);
  const form = useForm({ outcome: outcomes[0][0], reason: "", provider_id: asked?.provider_id ?? "" });
  const send = form.submit(async ({ outcome, reason, provider_id }) => {
    const body = { outcome, reason: reason.trim() };
    if (outcome === "succeeded") body.provider_id = provider_id.trim();
    const { data } = await write("POST", `${path("purchases", purchase.id)}/resolve`, body);
    saved(data.purchase ?? data);
  });
  return html`<${Dialog} title="Settle it by hand?" onClose=${close}>
    <form ref=${form.element} onSubmit=${send} noValidate>
      <p>Look at the carrier's own console first: ${asked?.provider_id ? "who bought" : "does the account hold"} <strong class="mono">${purchase.number}</strong>${asked?.provider_id && ", and when"}? What you say here is kept, with your reason.</p>
      <${FormProblem} form=${form} />
      <div class="fields">
        <${SelectField} form=${form} name="outcome" label="What became of it" wide options=${outcomes} />
        ${form.values.outcome === "succeeded" && html`<${TextField} form=${form} name="provider_id" label="The carrier's id of the number" required mono wide />`}
        <${TextField} form=${form} name="reason" label="How you know" required wide />
      </div>
      <div class="form-foot"><button type="button" class="button" onClick=${close}>Cancel</button><${Submit} form=${form}>Settle it<//></div>
    </form>
  <//>`;
}

export function PurchasePage({ id }) {
  const found = useLoad(async (signal) => (await get(path("purchases", id), {}, signal)).data, [id]);
  const { missing } = useSession();
  const [resolving, setResolving] = useState(false);
  const purchase = found.data;
  const open = purchase && (["intended", "dispatched", "unknown"].includes(purchase.state) || purchase.configuration.state === "pending");
  usePoll(async () => {
    try {
      found.put((await get(path("purchases", id))).data);
    } catch (problem) {
      // The next turn may go better; what is shown stays as it was.
      if (!(problem instanceof Problem)) throw problem;
    }
  }, 1500, Boolean(open));
  if (!purchase) {
    return html`<${Page} title="Purchase" back=${back}>${found.problem ? html`<${PageProblem} problem=${found.problem} onRetry=${found.reload} />` : html`<${Spinner} />`}<//>`;
  }
  const last = purchase.attempts.at(-1);
  const actions = html`<${Fragment}>
    ${purchase.number_id && purchase.state === "succeeded" && html`<a class="button primary" href=${link(["numbers", purchase.number_id])}>Go to the number</a>`}
    ${(purchase.state === "unknown" || isPresumed(purchase)) && html`<${Action} why=${missing("POST /v1/purchases/{id}/resolve")} onClick=${() => setResolving(true)}>Settle by hand…<//>`}
  <//>`;
  return html`<${Page} title=${`Purchase of ${purchase.number}`} actions=${actions} back=${back}>
    <p><${PurchaseState} purchase=${purchase} /></p>
    ${purchase.needs_person && html`<${Question} purchase=${purchase} />`}
    ${purchase.recovered && html`<${Recovered} />`}
    ${purchase.state === "unknown" && !purchase.needs_person && html`<${Unknown} purchase=${purchase} />`}
    ${isPresumed(purchase) && !purchase.needs_person && html`<${Presumed} />`}
    ${purchase.state === "failed" && !isPresumed(purchase) && purchase.error && html`<div class="notice bad"><p><strong>Not bought.</strong> <${CarrierError} error=${purchase.error} /></p></div>`}
    <div class="columns">
      <${Section} title="Progress"><${Steps} purchase=${purchase} /><//>
      <${Section} title="Order">
        <${Facts} rows=${[
          ["Number", html`<span class="mono">${purchase.number}</span>`],
          ["Account", html`<${Account} account=${purchase.account} provider=${last?.provider ?? purchase.account} />`],
          ["Monthly price", html`<${Price} value=${purchase.price} source=${purchase.price_source} per="" />`],
          ["Once", purchase.setup_price && html`<${Price} value=${purchase.setup_price} per="" />`],
          ["Ordered", html`<${Time} at=${purchase.created_at} />`],
          ["Settled", html`<${Time} at=${purchase.needs_person ? null : purchase.settled_at} otherwise="not yet" />`],
          ["Settings", capital(word(purchase.configuration.state))],
          ["Why they failed", purchase.configuration.error && html`<${CarrierError} error=${purchase.configuration.error} />`],
          ["Purchase id", html`<span class="mono wrap">${purchase.id}</span>`],
          ["Idempotency key", html`<span class="mono wrap">${purchase.idempotency_key}</span>`],
        ]} />
      <//>
    </div>
    ${purchase.criteria && html`<${Section} title="Asked for"><${Criteria} criteria=${purchase.criteria} /><//>`}
    <${Section} title="Attempts and evidence"><${Attempts} purchase=${purchase} /><//>
    ${purchase.candidates.length > 0 && html`<${Section} title="Candidates"><${Candidates} candidates=${purchase.candidates} /><//>`}
    ${resolving && html`<${Resolve} purchase=${purchase} close=${() => setResolving(false)} saved=${(data) => { setResolving(false); found.put(data); notify("Settled"); }} />`}
  <//>`;
}
