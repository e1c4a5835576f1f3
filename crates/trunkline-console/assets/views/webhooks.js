/** Webhooks: where events are sent. */
import { html, useState } from "../lib/html.js";
import { get, path, write } from "../lib/api.js";
import { plural } from "../lib/format.js";
import { ChecksField, FormProblem, Submit, TextField, useForm } from "../lib/forms.js";
import { link } from "../lib/route.js";
import { announce, useAccounts, useLoad, useSession } from "../lib/state.js";
import { Action, Empty, Page, Spinner, StateBadge, Time } from "../ui/basic.js";
import { Dialog } from "../ui/dialog.js";
import { PageProblem } from "../ui/problem.js";
import { Secret } from "../ui/secret.js";
import { EVENT_TYPES, actionText } from "../ui/sentences.js";
import { Table } from "../ui/table.js";

/** Whether events are sent, and if not, why. */
export const WebhookState = ({ webhook }) => (webhook.enabled
  ? html`<${StateBadge} state="active" text="Sending" />`
  : html`<${StateBadge} state=${webhook.disabled_reason ? "failed" : "plain"} text=${webhook.disabled_reason ? "Stopped" : "Switched off"} />
    ${webhook.disabled_reason && html`<span class="sub">${webhook.disabled_reason}</span>`}`);

const split = (text) => text.split(",").filter(Boolean);

/** Makes a webhook, or changes one. */
export function WebhookForm({ webhook, close, saved }) {
  const { accounts } = useAccounts();
  const form = useForm({
    url: webhook?.url ?? "", description: webhook?.description ?? "", types: webhook?.types.join() ?? "", accounts: webhook?.accounts.join() ?? "",
  });
  const send = form.submit(async (values) => {
    const body = { url: values.url.trim(), types: split(values.types), accounts: split(values.accounts) };
    const description = values.description.trim();
    if (description || webhook) body.description = description || null;
    saved((await (webhook ? write("PATCH", path("webhooks", webhook.id), body) : write("POST", "/v1/webhooks", body))).data);
  });
  return html`<${Dialog} title=${webhook ? "Change the webhook" : "Make a webhook"} onClose=${close} wide>
    <form ref=${form.element} onSubmit=${send} noValidate>
      <${FormProblem} form=${form} />
      <div class="fields">
        <${TextField} form=${form} name="url" label="Address" type="url" placeholder="https://" required wide mono hint="It has to be public and use https, unless the configuration allows others." />
        <${TextField} form=${form} name="description" label="Description" wide hint="For people." />
        <${ChecksField} form=${form} name="types" legend="Events" hint="All of them if none is chosen." options=${EVENT_TYPES.map((type) => [type, actionText(type)])} />
        <${ChecksField} form=${form} name="accounts" legend="Of these accounts" hint="Of all if none is chosen." options=${(accounts ?? []).map(({ name }) => [name, name])} />
      </div>
      <div class="form-foot"><button type="button" class="button" onClick=${close}>Cancel</button><${Submit} form=${form}>${webhook ? "Save" : "Make the webhook"}<//></div>
    </form>
  <//>`;
}

const COLUMNS = [
  { head: "Address", primary: true, cell: (webhook) => html`<a class="number-link wrap" href=${link(["webhooks", webhook.id])}>${webhook.url}</a>${webhook.description && html`<span class="label">${webhook.description}</span>`}` },
  { head: "State", cell: (webhook) => html`<${WebhookState} webhook=${webhook} />` },
  { head: "Events", cell: (webhook) => (webhook.types.length ? html`<span title=${webhook.types.join(", ")}>${plural(webhook.types.length, "type")}</span>` : "all") },
  { head: "Accounts", cell: (webhook) => webhook.accounts.join(", ") || "all" },
  { head: "Made", cell: (webhook) => html`<${Time} at=${webhook.created_at} />` },
];

export function Webhooks() {
  const { missing } = useSession();
  const found = useLoad(async (signal) => (await get("/v1/webhooks", {}, signal)).data.data, []);
  const [dialog, setDialog] = useState(null);
  const close = () => setDialog(null);
  const made = (webhook) => {
    setDialog({ made: webhook });
    announce("The webhook was made");
    found.reload();
  };
  const make = html`<${Action} why=${missing("POST /v1/webhooks")} tone="primary" onClick=${() => setDialog({ create: true })}>Make a webhook<//>`;
  return html`<${Page} title="Webhooks" lead="Where events are sent, signed, until they are accepted." actions=${make}>
    ${found.problem && html`<${PageProblem} problem=${found.problem} onRetry=${found.reload} />`}
    ${!found.data && found.loading && html`<${Spinner} />`}
    ${found.data && (found.data.length > 0
      ? html`<${Table} caption="Webhooks" columns=${COLUMNS} rows=${found.data} keyOf=${({ id }) => id} />`
      : html`<${Empty} title="No webhooks yet"><p>A webhook gets each event as it happens: purchases, changes, releases, verifications.</p><//>`)}
    ${dialog?.create && html`<${WebhookForm} close=${close} saved=${made} />`}
    ${dialog?.made && html`<${Secret} title="The webhook's secret" secret=${dialog.made.secret} what="secret" close=${close} />`}
  <//>`;
}
