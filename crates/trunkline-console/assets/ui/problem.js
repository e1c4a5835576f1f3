/** Problems of the gateway: what happened, what to do, and the id to quote to support. */
import { html, useEffect, useRef } from "../lib/html.js";
import { duration, providerName } from "../lib/format.js";
import { link } from "../lib/route.js";
import { Copy } from "./basic.js";

/** What a person can do about a kind of problem, where that is not obvious. */
const ADVICE = {
  rate_limited: "The carrier asked for a pause. Everything else on this account waits too.",
  upstream_unavailable: "The carrier does not answer at the moment. Your request is valid.",
  timeout: "The carrier took too long to answer.",
  credential_refused: "The carrier refuses the credential of this account. The operator of the gateway has to renew it.",
  payment_required: "A spending limit, or the balance at the carrier, does not allow this.",
  not_found: "It may have been released or removed meanwhile, or the address has a typing mistake.",
  config: "The configuration of the gateway is wrong. Its operator has to correct it.",
  internal: "This is a fault of the gateway. Quote the request id to its operator.",
};

/** Kinds of problem that another attempt does not change. */
const FINAL = ["not_found", "invalid_request", "unsupported"];

/** `errors` are those to list; `atFields` says that all of them stand beside their fields already. */
export function ProblemBox({ problem, errors = problem?.errors ?? [], atFields = false, onRetry, retry = "Try again" }) {
  if (!problem) return null;
  // Often the detail quotes the carrier already.
  const quoted = problem.providerMessage && problem.detail.includes(problem.providerMessage) && !atFields;
  const carrier = !quoted && (problem.providerMessage ?? problem.providerCode);
  const advice = !atFields && ADVICE[problem.kind];
  return html`<div class="problem" role="alert" tabindex="-1">
    <p class="problem-title">${atFields ? "Please check the marked fields" : problem.title}</p>
    ${problem.detail && !atFields && html`<p>${problem.detail}</p>`}
    ${advice && html`<p class="muted">${advice}</p>`}
    ${errors.length > 0 && html`<ul>${errors.map(({ field, message }) => html`<li key=${field}><code>${field}</code>: ${message}</li>`)}</ul>`}
    ${carrier && html`<p class="small">${problem.provider ? providerName(problem.provider) : "The carrier"} said:
      ${" "}“${problem.providerMessage ?? "no message"}”${problem.providerCode && html` (code ${problem.providerCode})`}</p>`}
    ${problem.ids.length > 0 && html`<p class="small">It could be: ${problem.ids.map((id, n) => html`${n > 0 && ", "}<a key=${id} href=${link(["numbers", id])}>${id}</a>`)}</p>`}
    ${problem.retryAfter !== null && html`<p class="small">Worth another try in ${duration(problem.retryAfter * 1000)}.</p>`}
    ${problem.requestId && html`<p class="small muted">Request id for support: <code>${problem.requestId}</code> <${Copy} text=${problem.requestId} what="request id" /></p>`}
    ${onRetry && !FINAL.includes(problem.kind) && html`<p><button type="button" class="button" onClick=${onRetry}>${retry}</button></p>`}
  </div>`;
}

/** What an error says, without the account that is named before it already. */
export function detailOf(error, account) {
  const detail = typeof error === "string" ? error : error.detail;
  return detail?.startsWith(`${account}: `) ? detail.slice(account.length + 2) : detail;
}

/** The error of a source, an attempt or a look: the same facts in one paragraph. */
export function CarrierError({ error, account }) {
  if (!error) return null;
  return html`<span class="carrier-error">
    ${detailOf(error, account)}
    ${error.provider_code && html`<span class="small muted"> · carrier's code ${error.provider_code}</span>`}
    ${error.provider_request_id && html`<span class="small muted"> · carrier's request ${error.provider_request_id}</span>`}
    ${typeof error.retry_after === "number" && html`<span class="small muted"> · worth another try in ${duration(error.retry_after * 1000)}</span>`}
  </span>`;
}

/** A problem instead of a page. */
export function PageProblem({ problem, onRetry }) {
  const box = useRef(null);
  useEffect(() => box.current?.querySelector(".problem")?.focus(), [problem]);
  return html`<div ref=${box}><${ProblemBox} problem=${problem} onRetry=${onRetry} /></div>`;
}
