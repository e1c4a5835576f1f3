/** One caller ID, step by step until it is verified; then what it is. */
import { Fragment, html, useEffect, useState } from "../lib/html.js";
import { Problem, get, path, write } from "../lib/api.js";
import { providerName, word } from "../lib/format.js";
import { FormProblem, SelectField, Submit, TextField, useForm } from "../lib/forms.js";
import { go } from "../lib/route.js";
import { announce, can, notify, useAccounts, useLoad, usePoll, useSession } from "../lib/state.js";
import { Account, Action, Copy, Data, Facts, Page, Section, Spinner, StateBadge, Time } from "../ui/basic.js";
import { Dialog } from "../ui/dialog.js";
import { CarrierError, PageProblem, ProblemBox } from "../ui/problem.js";
import { METHODS, shownCallerId } from "./caller-ids.js";
import { VerifySteps } from "./verify.js";

const back = { href: "#/caller-ids", text: "Caller IDs" };

/** Our side of the code: it is shown, and keyed in at the phone. */
function KeyedIn({ callerId, carrier }) {
  const code = callerId.validation_code;
  if (!code) {
    return html`<div class="notice warn"><p><strong>It can't be told whether the phone rings.</strong> ${carrier}'s answer was lost, and with it the code.
      If the phone rings, hang up; then ask for another call.</p>${callerId.error && html`<p class="small"><${CarrierError} error=${callerId.error} /></p>`}</div>`;
  }
  return html`<p>${carrier} is calling <strong class="mono">${callerId.number}</strong> now. Answer, and key in this code on the phone:</p>
    <p class="code" aria-label=${`The code: ${code.split("").join(" ")}`}>${code.split("").map((digit, n) => html`<span key=${n} aria-hidden="true">${digit}</span>`)}</p>
    <p class="loading"><span class="spinner" aria-hidden="true"></span>Waiting for the code to be keyed in. This page notices by itself.</p>`;
}

/** The callee's side of the code: it is heard, and entered here. */
function Heard({ callerId, carrier, put }) {
  const form = useForm({ code: "" });
  const send = form.submit(async ({ code }) => {
    const { data } = await write("POST", `${path("caller-ids", callerId.id)}/verify`, { code: code.trim() });
    put(data);
  });
  return html`<p>${carrier} is calling <strong class="mono">${callerId.number}</strong> now and reads a code out. Enter what was heard:</p>
    <form ref=${form.element} onSubmit=${send} noValidate class="code-form">
      <${FormProblem} form=${form} />
      <${TextField} form=${form} name="code" label="Code heard on the phone" inputmode="numeric" autocomplete="one-time-code" required mono />
      <${Submit} form=${form} busy="Checking…">Verify<//>
    </form>`;
}

const OUTCOMES = {
  verified: ["ok", "Verified.", "You may show this number when you call."],
  failed: ["bad", "Not verified.", "Nobody answered, or the code was wrong. Ask for another call when somebody is at the phone."],
  expired: ["warn", "It took too long.", "The code is no longer good. Ask for another call."],
};

function Proof({ callerId, carrier, put }) {
  const pending = callerId.state === "pending";
  const outcome = OUTCOMES[callerId.state];
  return html`<${VerifySteps} at=${pending ? 1 : callerId.state === "verified" ? 3 : 1} method=${callerId.method} />
    <div class="card narrow">
      ${pending && callerId.method === "call_enter_code" && html`<${KeyedIn} callerId=${callerId} carrier=${carrier} />`}
      ${pending && callerId.method === "call_submit_code" && html`<${Heard} callerId=${callerId} carrier=${carrier} put=${put} />`}
      ${outcome && html`<div class=${`notice ${outcome[0]}`} role="status"><p><strong>${outcome[1]}</strong> ${outcome[2]}</p>
        ${callerId.error && html`<p class="small"><${CarrierError} error=${callerId.error} /></p>`}</div>`}
    </div>`;
}

/** What is shown for an owner: a choice among what the carrier offers. */
function Shown({ callerId, put, why }) {
  const data = callerId.provider_data;
  const form = useForm({ selected: data.selected ?? "", custom_number: data.custom_number ?? "" }, { prefix: "provider_options." });
  const send = form.submit(async ({ selected, custom_number }) => {
    const options = { selected };
    if (selected === "CUSTOM") options.custom_number = custom_number.trim();
    put((await write("PATCH", path("caller-ids", callerId.id), { provider_options: options })).data);
    notify("Saved");
  });
  return html`<${Section} title="What is shown">
    <form ref=${form.element} onSubmit=${send} noValidate>
      <${FormProblem} form=${form} />
      <div class="fields">
        <${SelectField} form=${form} name="selected" label="Show" disabled=${why} why=${why} options=${data.types.map((type) => [type, word(type.toLowerCase())])} />
        ${form.values.selected === "CUSTOM" && html`<${TextField} form=${form} name="custom_number" label="This number" type="tel" mono required />`}
      </div>
      <div class="form-foot"><${Submit} form=${form} disabled=${Boolean(why)}>Save<//></div>
    </form>
  <//>`;
}

function Rename({ callerId, close, saved }) {
  const form = useForm({ label: callerId.label ?? "" });
  const send = form.submit(async ({ label }) => saved((await write("PATCH", path("caller-ids", callerId.id), { label: label.trim() || null })).data));
  return html`<${Dialog} title="Rename the caller ID" onClose=${close}>
    <form ref=${form.element} onSubmit=${send} noValidate>
      <${FormProblem} form=${form} /><${TextField} form=${form} name="label" label="Label" wide />
      <div class="form-foot"><button type="button" class="button" onClick=${close}>Cancel</button><${Submit} form=${form}>Save<//></div>
    </form>
  <//>`;
}

function Remove({ callerId, close }) {
  const form = useForm({});
  const send = form.submit(async () => {
    await write("DELETE", path("caller-ids", callerId.id));
    close();
    notify(`${shownCallerId(callerId)} is no longer a caller ID`);
    go(["caller-ids"]);
  });
  return html`<${Dialog} title=${`Remove ${shownCallerId(callerId)}?`} onClose=${close}>
    <form ref=${form.element} onSubmit=${send} noValidate>
      <p>Calls can no longer show it. To show it again, it has to be proved again.</p>
      <${FormProblem} form=${form} />
      <div class="form-foot"><button type="button" class="button" data-first onClick=${close}>Keep it</button><${Submit} form=${form} tone="danger">Remove<//></div>
    </form>
  <//>`;
}

export function CallerId({ id }) {
  const found = useLoad(async (signal) => (await get(path("caller-ids", id), {}, signal)).data, [id]);
  const account = useAccounts().named(found.data?.account);
  const { missing } = useSession();
  const [dialog, setDialog] = useState(null);
  const [problem, setProblem] = useState(null);
  const callerId = found.data;
  const isCall = callerId && callerId.method !== "directory";
  // While a code is being keyed in only the carrier knows; a code that is entered here tells by itself.
  usePoll(async () => {
    try {
      found.put((await get(path("caller-ids", id))).data);
    } catch (caught) {
      if (!(caught instanceof Problem)) throw caught;
      setProblem(caught);
    }
  }, 1500, callerId?.state === "pending" && callerId.method === "call_enter_code" && Boolean(callerId.validation_code));
  useEffect(() => {
    if (callerId && OUTCOMES[callerId.state] && isCall) announce(OUTCOMES[callerId.state][1]);
  }, [callerId?.state]);
  if (!callerId) {
    return html`<${Page} title="Caller ID" back=${back}>${found.problem ? html`<${PageProblem} problem=${found.problem} onRetry=${found.reload} />` : html`<${Spinner} text="Asking the carrier…" />`}<//>`;
  }
  const carrier = providerName(account?.provider ?? callerId.account);
  const why = missing("PATCH /v1/caller-ids/{id}");
  const again = async () => {
    setProblem(null);
    try {
      found.put((await write("POST", `${path("caller-ids", id)}/resend`)).data);
      notify(`${carrier} calls again`);
    } catch (caught) {
      if (!(caught instanceof Problem)) throw caught;
      setProblem(caught);
    }
  };
  const actions = html`<${Fragment}>
    ${callerId.state !== "verified" && can(account, "resend_caller_id") && html`<${Action} why=${why} onClick=${again}>Call again<//>`}
    ${callerId.state === "verified" && can(account, "update_caller_id") && isCall && html`<${Action} why=${why} onClick=${() => setDialog("rename")}>Rename<//>`}
    ${can(account, "delete_caller_id") && html`<${Action} why=${why} tone="danger" onClick=${() => setDialog("remove")}>Remove…<//>`}
  <//>`;
  const close = () => setDialog(null);
  return html`<${Page} title=${shownCallerId(callerId)} lead=${callerId.label} actions=${actions} back=${back}>
    <${ProblemBox} problem=${problem} />
    ${isCall ? html`<${Proof} callerId=${callerId} carrier=${carrier} put=${found.put} />` : html`<p class="notice">${carrier} keeps its own list of what may be shown; there is nothing to prove here.</p>`}
    ${callerId.provider_data?.types && can(account, "update_caller_id") && html`<${Shown} callerId=${callerId} put=${found.put} why=${why} />`}
    <${Section} title="Details">
      <${Facts} rows=${[
        ["State", html`<${StateBadge} state=${callerId.state} />`],
        ["Number", callerId.number && html`<span class="mono">${callerId.number}</span> <${Copy} text=${callerId.number} what="number" />`],
        ["Account", html`<${Account} account=${callerId.account} provider=${account?.provider ?? callerId.account} />`],
        ["How it is proved", METHODS[callerId.method] ?? callerId.method],
        ["Extension", callerId.extension],
        ["Started", callerId.created_at && html`<${Time} at=${callerId.created_at} />`],
        ["Verified", callerId.verified_at && html`<${Time} at=${callerId.verified_at} />`],
        ["Id", html`<span class="mono wrap">${callerId.id}</span>`],
      ]} />
      ${Object.keys(callerId.provider_data ?? {}).length > 0 && html`<details><summary>What only ${carrier} knows</summary><${Data} value=${callerId.provider_data} /></details>`}
    <//>
    ${dialog === "rename" && html`<${Rename} callerId=${callerId} close=${close} saved=${(data) => { close(); found.put(data); notify("Saved"); }} />`}
    ${dialog === "remove" && html`<${Remove} callerId=${callerId} close=${close} />`}
  <//>`;
}
