/** One webhook: its deliveries, and what failed. */
import { Fragment, html, useState } from "../lib/html.js";
import { Problem, get, path, write } from "../lib/api.js";
import { plural } from "../lib/format.js";
import { FormProblem, SelectField, Submit, useForm } from "../lib/forms.js";
import { go } from "../lib/route.js";
import { notify, useLoad, usePages, usePoll, useSession } from "../lib/state.js";
import { Action, Empty, Facts, Page, Section, Spinner, StateBadge, Time } from "../ui/basic.js";
import { Dialog } from "../ui/dialog.js";
import { PageProblem, ProblemBox } from "../ui/problem.js";
import { Secret } from "../ui/secret.js";
import { actionText, ofEvent } from "../ui/sentences.js";
import { More, Table } from "../ui/table.js";
import { WebhookForm, WebhookState } from "./webhooks.js";

const back = { href: "#/webhooks", text: "Webhooks" };

const TEXTS = { pending: "Waiting", delivered: "Delivered", dead: "Given up" };

const result = ({ status, error }) => [status && `answered ${status}`, error].filter(Boolean).join(": ");

const columns = (again) => [
  { head: "Event", primary: true, cell: ({ event }) => html`${ofEvent(event).sentence}<span class="sub">${event.type}, <${Time} at=${event.at} /></span>` },
  { head: "State", cell: (delivery) => html`<${StateBadge} state=${delivery.state} text=${TEXTS[delivery.state]} />${result(delivery) && html`<span class="sub">${result(delivery)}</span>`}` },
  { head: "Attempts", cell: (delivery) => html`${delivery.attempts}${delivery.attempted_at && html`<span class="sub">last <${Time} at=${delivery.attempted_at} /></span>`}` },
  { head: "Again", hidden: true, right: true, cell: (delivery) => html`<${Action} why=${again.why} tone="small-button" onClick=${() => again.send({ event_id: delivery.event.id })}>Deliver again<span class="visually-hidden"> ${delivery.event.id}</span><//>` },
];

const SINCE = [["3600", "The last hour"], ["86400", "The last day"], ["604800", "The last week"]];

function Redeliver({ close, send }) {
  const form = useForm({ since: "86400" });
  const submit = form.submit(async ({ since }) => {
    await send({ since: new Date(Date.now() - Number(since) * 1000).toISOString() });
    close();
  });
  return html`<${Dialog} title="Deliver events again?" onClose=${close}>
    <form ref=${form.element} onSubmit=${submit} noValidate>
      <p>Each event of that time is sent once more, under its own id, also if it was accepted before.</p>
      <${FormProblem} form=${form} />
      <${SelectField} form=${form} name="since" label="Events of" options=${SINCE} />
      <div class="form-foot"><button type="button" class="button" onClick=${close}>Cancel</button><${Submit} form=${form}>Deliver them again<//></div>
    </form>
  <//>`;
}

function Remove({ webhook, close }) {
  const form = useForm({});
  const send = form.submit(async () => {
    await write("DELETE", path("webhooks", webhook.id));
    notify("Removed");
    go(["webhooks"]);
  });
  return html`<${Dialog} title="Remove the webhook?" onClose=${close}>
    <form ref=${form.element} onSubmit=${send} noValidate>
      <p>No event is sent to <span class="mono wrap">${webhook.url}</span> any more, nor those that wait.</p>
      <${FormProblem} form=${form} />
      <div class="form-foot"><button type="button" class="button" data-first onClick=${close}>Keep it</button><${Submit} form=${form} tone="danger">Remove<//></div>
    </form>
  <//>`;
}

function Deliveries({ webhook, again }) {
  const [state, setState] = useState("");
  const pages = usePages((cursor, signal) => get(`${path("webhooks", webhook.id)}/deliveries`, { state, cursor }, signal), [webhook.id, state, again.turn]);
  usePoll(pages.renew, 3000, !pages.loading);
  const choice = html`<label class="inline">Show <select value=${state} onChange=${(event) => setState(event.currentTarget.value)}>
    ${[["", "all"], ["pending", "waiting"], ["delivered", "delivered"], ["dead", "given up"]].map(([value, text]) => html`<option key=${value} value=${value} selected=${value === state}>${text}</option>`)}</select></label>`;
  return html`<${Section} title="Deliveries" actions=${choice}>
    ${pages.problem && html`<${PageProblem} problem=${pages.problem} onRetry=${pages.reload} />`}
    ${pages.loading && pages.items.length === 0 ? html`<${Spinner} />` : html`<${Fragment}>
      ${pages.items.length > 0 && html`<${Table} caption="Deliveries" columns=${columns(again)} rows=${pages.items} keyOf=${({ event }) => event.id} busy=${pages.loading} />`}
      ${!pages.problem && pages.items.length === 0 && html`<${Empty} title=${state ? "None in this state" : "Nothing was sent yet"}><p>The next event that fits will be.</p><//>`}
      ${pages.page && pages.items.length > 0 && html`<${More} pages=${pages} noun="delivery" nouns="deliveries" />`}
    <//>`}
  <//>`;
}

export function WebhookPage({ id }) {
  const found = useLoad(async (signal) => (await get(path("webhooks", id), {}, signal)).data, [id]);
  const { missing } = useSession();
  const [dialog, setDialog] = useState(null);
  const [turn, setTurn] = useState(0);
  const [problem, setProblem] = useState(null);
  const webhook = found.data;
  if (!webhook) {
    return html`<${Page} title="Webhook" back=${back}>${found.problem ? html`<${PageProblem} problem=${found.problem} onRetry=${found.reload} />` : html`<${Spinner} />`}<//>`;
  }
  const at = path("webhooks", id);
  const close = () => setDialog(null);
  const run = async (call) => {
    setProblem(null);
    try {
      await call();
    } catch (caught) {
      if (!(caught instanceof Problem)) throw caught;
      setProblem(caught);
    }
  };
  const redeliver = async (body) => {
    const { data } = await write("POST", `${at}/redeliver`, body);
    notify(`${plural(data.events, "event")} will be delivered again`);
    setTurn((n) => n + 1);
  };
  const enable = () => run(async () => found.put((await write("PATCH", at, { enabled: !webhook.enabled })).data));
  const rotate = () => run(async () => setDialog({ made: (await write("POST", `${at}/rotate`)).data }));
  const cannot = missing("PATCH /v1/webhooks/{id}");
  const actions = html`<${Fragment}>
    <${Action} why=${cannot} tone="primary" onClick=${() => setDialog("edit")}>Edit<//>
    <${Action} why=${cannot} onClick=${enable}>${webhook.enabled ? "Switch off" : "Switch on"}<//>
    <${Action} why=${missing("POST /v1/webhooks/{id}/redeliver")} onClick=${() => setDialog("redeliver")}>Deliver again…<//>
    <${Action} why=${missing("POST /v1/webhooks/{id}/rotate")} onClick=${rotate}>New secret<//>
    <${Action} why=${missing("DELETE /v1/webhooks/{id}")} tone="danger" onClick=${() => setDialog("remove")}>Remove…<//>
  <//>`;
  const again = { why: missing("POST /v1/webhooks/{id}/redeliver"), turn, send: (body) => run(() => redeliver(body)) };
  return html`<${Page} title=${webhook.description ?? "Webhook"} lead=${html`<span class="mono wrap">${webhook.url}</span>`} actions=${actions} back=${back}>
    <${ProblemBox} problem=${problem} />
    <${Section} title="Settings"><${Facts} rows=${[
      ["State", html`<${WebhookState} webhook=${webhook} />`],
      ["Events", webhook.types.map(actionText).join(", ") || "all"],
      ["Accounts", webhook.accounts.join(", ") || "all"],
      ["Made", html`<${Time} at=${webhook.created_at} />`],
      ["Id", html`<span class="mono wrap">${webhook.id}</span>`],
    ]} /><//>
    <${Deliveries} webhook=${webhook} again=${again} />
    ${dialog === "edit" && html`<${WebhookForm} webhook=${webhook} close=${close} saved=${(data) => { close(); found.put(data); notify("Saved"); }} />`}
    ${dialog === "redeliver" && html`<${Redeliver} close=${close} send=${redeliver} />`}
    ${dialog === "remove" && html`<${Remove} webhook=${webhook} close=${close} />`}
    ${dialog?.made && html`<${Secret} title="The webhook's new secret" secret=${dialog.made.secret} what="secret" close=${close} />`}
  <//>`;
}
