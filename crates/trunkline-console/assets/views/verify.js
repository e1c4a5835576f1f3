/** Starting to verify a caller ID: which carrier shall call which phone. */
import { html, useState } from "../lib/html.js";
import { newKey, write } from "../lib/api.js";
import { carriers, providerName } from "../lib/format.js";
import { FormProblem, SelectField, Submit, TextField, useForm } from "../lib/forms.js";
import { go } from "../lib/route.js";
import { can, useAccounts, useSession } from "../lib/state.js";
import { Page, Spinner } from "../ui/basic.js";
import { METHODS } from "./caller-ids.js";

const back = { href: "#/caller-ids", text: "Caller IDs" };

/** Why an account can't verify a number: how its carrier makes caller IDs. */
const reason = (account) => (can(account, "start_caller_id") ? null : `caller IDs: ${carriers.get(account.provider)?.caller_ids ?? "none"}`);

const STEPS = {
  call_enter_code: (carrier) => `${carrier} calls the number. You see a code here; the person who answers keys it in on the phone.`,
  call_submit_code: (carrier) => `${carrier} calls the number and reads a code out. The person who answers tells you the code, and you enter it here.`,
};

/** The steps of a verification, with where it stands. */
export function VerifySteps({ at, method }) {
  const steps = ["Number", method === "call_submit_code" ? "Code heard" : "Code keyed in", "Verified"];
  return html`<ol class="wizard" aria-label="Steps">${steps.map((text, n) => html`<li key=${text} class=${n < at ? "done" : n === at ? "now" : ""} aria-current=${n === at ? "step" : undefined}>${text}</li>`)}</ol>`;
}

export function VerifyNumber({ query }) {
  const { accounts, named } = useAccounts();
  const { missing } = useSession();
  if (!accounts) return html`<${Page} title="Verify a number" back=${back}><${Spinner} /><//>`;
  const able = accounts.filter((account) => can(account, "start_caller_id"));
  const why = missing("POST /v1/caller-ids");
  if (why || able.length === 0) {
    return html`<${Page} title="Verify a number" back=${back}><p class="notice warn">${why ?? "None of your accounts is at a carrier that verifies caller IDs by calling."}</p><//>`;
  }
  return html`<${Start} accounts=${accounts} named=${named} first=${query.account ?? (able.find(({ health }) => health.status === "ok") ?? able[0]).name} number=${query.number ?? ""} />`;
}

function Start({ accounts, named, first, number }) {
  const form = useForm({ account: first, number, label: "", call_delay: "", extension: "" });
  // A repeated press repeats the answer, not the call; anything changed in the form is another call.
  const [keys] = useState(() => new Map());
  const account = named(form.values.account);
  const method = account?.capability.caller_id_method;
  const send = form.submit(async (values) => {
    const body = { account: values.account, number: values.number.trim() };
    for (const name of ["label", "extension"]) if (values[name].trim()) body[name] = values[name].trim();
    if (values.call_delay.trim()) body.call_delay = /^\d+$/.test(values.call_delay.trim()) ? Number(values.call_delay) : values.call_delay;
    const written = JSON.stringify(body);
    if (!keys.has(written)) keys.set(written, newKey());
    const { data } = await write("POST", "/v1/caller-ids", body, { key: keys.get(written) });
    go(["caller-ids", data.id]);
  });
  return html`<${Page} title="Verify a number" lead="Prove that a phone number is yours, so that you may show it when you call." back=${back}>
    <${VerifySteps} at=${0} method=${method} />
    <form class="card narrow" ref=${form.element} onSubmit=${send} noValidate>
      <${FormProblem} form=${form} />
      <div class="fields">
        <${SelectField} form=${form} name="account" label="Which account shall show it" wide options=${accounts.map((one) => [one.name, `${one.name} (${providerName(one.provider)})`, reason(one)])}
          hint=${STEPS[method]?.(providerName(account.provider)) ?? METHODS[method]} />
        <${TextField} form=${form} name="number" label="Number" type="tel" required wide mono placeholder="+14155550100" hint="With the country code. Somebody has to be at this phone." />
        <${TextField} form=${form} name="label" label="Label" wide hint="What you will call it." />
      </div>
      ${method === "call_enter_code" && html`<details>
        <summary>If there is a switchboard</summary>
        <div class="fields">
          <${TextField} form=${form} name="extension" label="Extension" inputmode="numeric" hint="Dialled once the call is answered." />
          <${TextField} form=${form} name="call_delay" label="Seconds before the call" inputmode="numeric" hint="0 to 60." />
        </div>
      </details>`}
      <div class="form-foot"><a class="button" href="#/caller-ids">Cancel</a><${Submit} form=${form} busy="Calling…">Call now<//></div>
    </form>
  <//>`;
}
