/** Giving a number back. The number has to be typed, and what stands in the way is said before anything is sent. */
import { html } from "../lib/html.js";
import { path, write } from "../lib/api.js";
import { localTime, plural, providerName, shownNumber } from "../lib/format.js";
import { FormProblem, Submit, TextField, useForm } from "../lib/forms.js";
import { go } from "../lib/route.js";
import { can, notify } from "../lib/state.js";
import { Dialog } from "../ui/dialog.js";

/** Why it can't be released now, as far as that is known here. */
function obstacle(number, account) {
  const carrier = providerName(number.provider);
  if (number.protected) return "It is protected: stop protecting it first.";
  if (account && !can(account, "release")) return `${carrier} takes no numbers back over its API.`;
  return null;
}

/** What the carrier may find too early, by our clock; it decides. */
function tooYoung(number, account) {
  const days = account?.capability.release_cooldown_days ?? 0;
  const from = number.purchased_at ? Date.parse(number.purchased_at) + days * 86_400_000 : 0;
  if (from <= Date.now()) return null;
  return `${providerName(number.provider)} takes a number back ${plural(days, "day")} after its purchase: this one from ${localTime(new Date(from).toISOString())}. It may refuse it before.`;
}

const digits = (text) => text.replace(/[^0-9a-z]/gi, "");

export function ReleaseNumber({ number, account, close, waiting }) {
  const form = useForm({ confirmation: "" });
  const expected = number.number ?? number.extension ?? number.provider_id;
  const against = obstacle(number, account);
  const young = tooYoung(number, account);
  const fits = digits(form.values.confirmation) !== "" && digits(form.values.confirmation) === digits(expected);
  const send = form.submit(async () => {
    if (!fits) {
      notify("Type the number first", "warn");
      return;
    }
    const { status, data } = await write("DELETE", path("numbers", number.id));
    if (status === 202) {
      waiting(data.release_at);
      return;
    }
    close();
    notify(`${shownNumber(number)} was released`);
    go(["numbers"]);
  });
  return html`<${Dialog} title=${`Release ${shownNumber(number)}?`} onClose=${close}>
    ${against
      ? html`<div class="notice warn"><p><strong>It can't be released now.</strong> ${against}</p></div>
        <div class="form-foot"><button type="button" class="button primary" data-first onClick=${close}>Close</button></div>`
      : html`<form ref=${form.element} onSubmit=${send} noValidate>
        <p>The number goes back to ${providerName(number.provider)}: its calls and messages reach you no longer, and somebody else may get it.
          If the account has a grace period, the release can be undone until that is over. Without one it is <strong>final</strong>.</p>
        ${young && html`<div class="notice warn"><p>${young}</p></div>`}
        <${FormProblem} form=${form} />
        <${TextField} form=${form} name="confirmation" label=${html`Type <code>${expected}</code> to confirm`} wide mono inputmode=${number.number ? "tel" : undefined} />
        <div class="form-foot"><button type="button" class="button" onClick=${close}>Keep it</button>
          <${Submit} form=${form} tone="danger" busy="Releasing…" disabled=${!fits}>Release<//></div>
      </form>`}
  <//>`;
}
