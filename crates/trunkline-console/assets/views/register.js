/** Registering numbers that are held elsewhere, one or a whole range. */
import { Fragment, html, useState } from "../lib/html.js";
import { get, newKey, write } from "../lib/api.js";
import { carriers, plural, providerName, shownNumber } from "../lib/format.js";
import { CheckField, FormProblem, SelectField, Submit, TextField, useForm } from "../lib/forms.js";
import { link } from "../lib/route.js";
import { announce, can, useAccounts, useLoad, useSession } from "../lib/state.js";
import { Page, Section, Spinner, StateBadge } from "../ui/basic.js";
import { CarrierError } from "../ui/problem.js";
import { Table } from "../ui/table.js";

const byLocation = (account) => carriers.get(account?.provider)?.by_location ?? false;

/** The places that an account's numbers are at: what a new one can be put at without knowing the carrier's ids. */
function usePlaces(account) {
  return useLoad(async (signal) => {
    if (!byLocation(account)) return null;
    const { data } = await get("/v1/numbers", { account: account.name, limit: 100 }, signal);
    const places = new Map(data.data.filter(({ location }) => location.id).map(({ location }) => [location.id, location.name ?? location.id]));
    return [...places];
  }, [account?.name]).data;
}

function Place({ form, account }) {
  const places = usePlaces(account);
  if (!byLocation(account)) return null;
  if (!places?.length) return html`<${TextField} form=${form} name="location" label="Place" required mono wide hint="The carrier's id of the location." />`;
  return html`<${SelectField} form=${form} name="location" label="Place" required wide options=${[["", "Choose…"], ...places]} />`;
}

function AccountField({ form, accounts, operation }) {
  return html`<${SelectField} form=${form} name="account" label="On whose books" wide required
    options=${accounts.map((account) => [account.name, `${account.name} (${providerName(account.provider)})`, can(account, operation) ? null : "sells numbers instead"])} />`;
}

const place = (values, account) => (byLocation(account) && values.location ? { location: values.location } : {});

function One({ accounts, named, why }) {
  const form = useForm({ account: accounts.find((account) => can(account, "register")).name, number: "", location: "", shared: false });
  const [done, setDone] = useState(null);
  const account = named(form.values.account);
  const send = form.submit(async (values) => {
    setDone(null);
    const body = { account: values.account, number: values.number.trim(), ...place(values, account) };
    if (values.shared) body.shared = true;
    const { status, data } = await write("POST", "/v1/numbers/register", body);
    setDone({ isNew: status === 201, number: data });
    form.set("number", "");
  });
  const sharable = account?.capability.writable.includes("shared");
  return html`<${Section} title="One number">
    <form ref=${form.element} onSubmit=${send} noValidate>
      <${FormProblem} form=${form} />
      <div class="fields">
        <${AccountField} form=${form} accounts=${accounts} operation="register" />
        <${Place} form=${form} account=${account} />
        <${TextField} form=${form} name="number" label="Number" required wide mono inputmode="tel" placeholder="+14155550100" />
        ${sharable && html`<${CheckField} form=${form} name="shared" label="Everyone may show it as caller ID" wide />`}
      </div>
      <div class="form-foot"><${Submit} form=${form} disabled=${Boolean(why)} busy="Recording…">Register the number<//></div>
    </form>
    ${done && html`<p class="notice ok" role="status"><a href=${link(["numbers", done.number.id])}>${shownNumber(done.number)}</a> ${done.isNew ? "is recorded now." : "was there already; nothing was changed."}</p>`}
  <//>`;
}

const COLUMNS = [
  { head: "Number", primary: true, cell: (item) => (item.held ? html`<a class="mono" href=${link(["numbers", item.held.id])}>${item.number}</a>` : html`<span class="mono">${item.number}</span>`) },
  { head: "Outcome", cell: (item) => html`<${StateBadge} state=${item.status} text=${{ created: "New", existing: "Was there already", failed: "Refused" }[item.status]} />` },
  { head: "Why", cell: (item) => (item.error ? html`<${CarrierError} error=${item.error} />` : "–") },
];

function Range({ accounts, named, why }) {
  const form = useForm({ account: accounts.find((account) => can(account, "register_range")).name, start_number: "", end_number: "", location: "" });
  const [result, setResult] = useState(null);
  const [keys] = useState(() => new Map());
  const account = named(form.values.account);
  const send = form.submit(async (values) => {
    setResult(null);
    const body = { account: values.account, start_number: values.start_number.trim(), end_number: values.end_number.trim(), ...place(values, account) };
    const written = JSON.stringify(body);
    if (!keys.has(written)) keys.set(written, newKey());
    const { data } = await write("POST", "/v1/number-ranges", body, { key: keys.get(written) });
    // Sent again after this, it is a new request: a failed number may succeed the next time.
    keys.delete(written);
    setResult(data);
    announce(`${data.created} new, ${data.existing} there already, ${data.failed} refused`);
  });
  return html`<${Section} title="A range">
    <form ref=${form.element} onSubmit=${send} noValidate>
      <${FormProblem} form=${form} />
      <div class="fields">
        <${AccountField} form=${form} accounts=${accounts} operation="register_range" />
        <${Place} form=${form} account=${account} />
        <${TextField} form=${form} name="start_number" label="From" required mono inputmode="tel" placeholder="+14155550100" />
        <${TextField} form=${form} name="end_number" label="To" required mono inputmode="tel" placeholder="+14155550109" />
      </div>
      <div class="form-foot"><${Submit} form=${form} disabled=${Boolean(why)} busy="Recording…">Register the range<//></div>
    </form>
    ${result && html`<div class=${`notice ${result.failed ? "warn" : "ok"}`} role="status"><p><strong>${plural(result.created, "number")} recorded</strong>${result.existing > 0 && `, ${result.existing} there already`}${result.failed > 0 && `, ${result.failed} refused`}.</p></div>
      <${Table} caption="What became of the range" columns=${COLUMNS} rows=${result.data} keyOf=${(item) => item.number} />`}
  <//>`;
}

/** The carriers that keep a directory, by name. */
const directories = () => [...carriers.values()].filter((carrier) => carrier.capability.operations.includes("register")).map((carrier) => carrier.label);

export function Register() {
  const { accounts, named } = useAccounts();
  const { missing } = useSession();
  const lead = "Some carriers keep a directory of numbers that you hold elsewhere. Registering one there costs nothing at the carrier.";
  if (!accounts) return html`<${Page} title="Register" lead=${lead}><${Spinner} /><//>`;
  const why = missing("POST /v1/numbers/register");
  const able = (operation) => accounts.some((account) => can(account, operation));
  return html`<${Page} title="Register" lead=${lead}>
    ${why && html`<p class="notice warn">${why}</p>`}
    ${!able("register") && !able("register_range") && html`<p class="notice">None of your accounts is at a carrier with such a directory. ${directories().length > 0 && `These have one: ${directories().join(", ")}.`}</p>`}
    <div class="columns"><${Fragment}>
      ${able("register") && html`<${One} accounts=${accounts} named=${named} why=${why} />`}
      ${able("register_range") && html`<${Range} accounts=${accounts} named=${named} why=${why} />`}
    <//></div>
  <//>`;
}
