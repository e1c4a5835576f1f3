/** API keys: who may use the gateway, and for what. A new key is shown once. */
import { Fragment, html, useState } from "../lib/html.js";
import { get, path, write } from "../lib/api.js";
import { ChecksField, FormProblem, SelectField, Submit, TextField, useForm } from "../lib/forms.js";
import { announce, notify, useAccounts, usePages, useSession } from "../lib/state.js";
import { Action, Copy, Empty, Page, Spinner, StateBadge, Time } from "../ui/basic.js";
import { Dialog } from "../ui/dialog.js";
import { PageProblem } from "../ui/problem.js";
import { More, Table } from "../ui/table.js";

const SCOPES = [
  ["numbers:read", "See numbers"], ["numbers:write", "Change numbers"], ["numbers:purchase", "Buy"], ["numbers:release", "Release"],
  ["caller_ids:read", "See caller IDs"], ["caller_ids:write", "Change caller IDs"], ["admin", "Administer"],
];

const EXPIRIES = [["", "Never"], ["30", "In 30 days"], ["90", "In 90 days"], ["365", "In a year"]];

function Create({ close, made }) {
  const { accounts } = useAccounts();
  const form = useForm({ name: "", scopes: "numbers:read,caller_ids:read", accounts: "", days: "" });
  const send = form.submit(async ({ name, scopes, accounts: chosen, days }) => {
    const body = { name: name.trim(), scopes: scopes.split(",").filter(Boolean) };
    if (chosen) body.accounts = chosen.split(",");
    if (days) body.expires_at = new Date(Date.now() + Number(days) * 86_400_000).toISOString();
    made((await write("POST", "/v1/keys", body)).data);
  });
  return html`<${Dialog} title="Make an API key" onClose=${close}>
    <form ref=${form.element} onSubmit=${send} noValidate>
      <${FormProblem} form=${form} />
      <div class="fields">
        <${TextField} form=${form} name="name" label="Name" required wide hint="Who or what will use it." />
        <${ChecksField} form=${form} name="scopes" legend="It may" options=${SCOPES} />
        <${ChecksField} form=${form} name="accounts" legend="At these accounts" hint="All of them if none is chosen." options=${(accounts ?? []).map(({ name }) => [name, name])} />
        <${SelectField} form=${form} name="days" label="Expires" options=${EXPIRIES} />
      </div>
      <div class="form-foot"><button type="button" class="button" onClick=${close}>Cancel</button><${Submit} form=${form}>Make the key<//></div>
    </form>
  <//>`;
}

function Made({ data, close }) {
  const secret = data.secret ?? data.token ?? (typeof data.key === "string" ? data.key : null);
  return html`<${Dialog} title="The new key" onClose=${close} firm>
    <p class="notice warn"><strong>Copy it now.</strong> It is kept as a hash alone and can't be shown again.</p>
    <p class="secret"><code class="wrap">${secret}</code> <${Copy} text=${secret} what="key" /></p>
    <div class="form-foot"><button type="button" class="button primary" data-first onClick=${close}>I have copied it</button></div>
  <//>`;
}

function Revoke({ entry, close, done, own }) {
  const form = useForm({});
  const send = form.submit(async () => {
    await write("DELETE", path("keys", entry.id));
    done();
  });
  return html`<${Dialog} title=${`Revoke ${entry.name}?`} onClose=${close}>
    <form ref=${form.element} onSubmit=${send} noValidate>
      <p>Whatever uses this key is refused from now on. That can't be undone.</p>
      ${own && html`<p class="notice warn"><strong>You are signed in with it</strong>, and will be signed out.</p>`}
      <${FormProblem} form=${form} />
      <div class="form-foot"><button type="button" class="button" data-first onClick=${close}>Keep it</button><${Submit} form=${form} tone="danger">Revoke<//></div>
    </form>
  <//>`;
}

export function Keys() {
  const { session, missing } = useSession();
  const pages = usePages((cursor, signal) => get("/v1/keys", { cursor }, signal), []);
  const [dialog, setDialog] = useState(null);
  const close = () => setDialog(null);
  const why = missing("admin");
  const columns = [
    { head: "Name", primary: true, cell: (entry) => html`<strong>${entry.name}</strong><span class="sub mono">${entry.id}</span>` },
    { head: "May", cell: (entry) => html`<span class="features">${(entry.scopes ?? []).map((scope) => html`<span key=${scope} class="feature">${scope}</span>`)}</span>` },
    { head: "At", cell: (entry) => entry.accounts?.join(", ") || "all accounts" },
    { head: "Made", cell: (entry) => html`<${Time} at=${entry.created_at} />` },
    { head: "Expires", cell: (entry) => (entry.revoked_at ? html`<${StateBadge} state="failed" text="Revoked" />` : html`<${Time} at=${entry.expires_at} otherwise="never" />`) },
    { head: "Revoke", hidden: true, right: true, cell: (entry) => !entry.revoked_at && html`<${Action} why=${why} tone="danger" onClick=${() => setDialog({ revoke: entry })}>Revoke<span class="visually-hidden"> ${entry.name}</span><//>` },
  ];
  return html`<${Page} title="API keys" lead="Who may use this gateway, and for what." actions=${html`<${Action} why=${why} tone="primary" onClick=${() => setDialog({ create: true })}>Make a key<//>`}>
    ${session.keyless && !pages.loading && pages.items.length === 0 && html`<p class="notice warn">There are no keys yet. From the first one on, everybody needs one, this page too: give it the scope “Administer”, and keep it.</p>`}
    ${pages.problem && html`<${PageProblem} problem=${pages.problem} onRetry=${pages.reload} />`}
    ${pages.loading && pages.items.length === 0 ? html`<${Spinner} />` : html`<${Fragment}>
      ${pages.items.length > 0 && html`<${Table} caption="API keys" columns=${columns} rows=${pages.items} keyOf=${(entry) => entry.id} busy=${pages.loading} />`}
      ${!pages.problem && pages.items.length === 0 && html`<${Empty} title="No keys" />`}
      ${pages.page && pages.items.length > 0 && html`<${More} pages=${pages} noun="key" />`}
    <//>`}
    ${dialog?.create && html`<${Create} close=${close} made=${(data) => { setDialog({ made: data }); announce("The key was made"); pages.reload(); }} />`}
    ${dialog?.made && html`<${Made} data=${dialog.made} close=${close} />`}
    ${dialog?.revoke && html`<${Revoke} entry=${dialog.revoke} own=${session.key?.id === dialog.revoke.id} close=${close} done=${() => { close(); notify("Revoked"); pages.reload(); }} />`}
  <//>`;
}
