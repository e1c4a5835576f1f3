/** Making an API key. */
import { html } from "../lib/html.js";
import { write } from "../lib/api.js";
import { capital } from "../lib/format.js";
import { ChecksField, FormProblem, SelectField, Submit, TextField, useForm } from "../lib/forms.js";
import { SCOPES, allScopes } from "../lib/rights.js";
import { useAccounts, useSession } from "../lib/state.js";
import { Dialog } from "../ui/dialog.js";

const EXPIRIES = [["", "Never"], ["30", "In 30 days"], ["90", "In 90 days"], ["365", "In a year"]];

const EMPTY = { name: "", scopes: "numbers:read,caller_ids:read", accounts: "", days: "", monthly: "", setup: "", currency: "USD", per_second: "", burst: "" };

const whole = (text) => (/^\d+$/.test(text.trim()) ? Number(text) : text.trim());

/** The form as the API takes it; what was left empty is left out. */
function bodyOf(values) {
  const body = { name: values.name.trim(), scopes: values.scopes.split(",").filter(Boolean) };
  if (values.accounts) body.accounts = values.accounts.split(",");
  if (values.days) body.expires_at = new Date(Date.now() + Number(values.days) * 86_400_000).toISOString();
  const currency = values.currency.trim().toUpperCase();
  for (const name of ["monthly", "setup"]) {
    if (values[name].trim()) body.spend = { ...body.spend, [name]: { amount: values[name].trim(), currency } };
  }
  if (values.per_second.trim() || values.burst.trim()) {
    body.rate_limit = { per_second: whole(values.per_second || values.burst), burst: whole(values.burst || values.per_second) };
  }
  return body;
}

/** The fields of a ceiling stand in one row; the gateway names them by their place in the body. */
const FIELDS = { "spend.monthly.amount": "monthly", "spend.setup.amount": "setup", "spend.monthly.currency": "currency", "spend.setup.currency": "currency", "rate_limit.per_second": "per_second", "rate_limit.burst": "burst" };

export function CreateKey({ close, made }) {
  const { accounts } = useAccounts();
  const { session } = useSession();
  const form = useForm(EMPTY);
  const send = form.submit(async (values) => {
    try {
      made((await write("POST", "/v1/keys", bodyOf(values))).data);
    } catch (problem) {
      if (problem.errors) problem.errors = problem.errors.map((error) => ({ ...error, field: FIELDS[error.field] ?? error.field }));
      throw problem;
    }
  });
  return html`<${Dialog} title="Make an API key" onClose=${close} wide>
    <form ref=${form.element} onSubmit=${send} noValidate>
      <${FormProblem} form=${form} />
      <div class="fields">
        <${TextField} form=${form} name="name" label="Name" required wide hint="Who or what will use it." />
        <${ChecksField} form=${form} name="scopes" legend="It may" options=${allScopes().map((scope) => [scope, capital(SCOPES[scope] ?? scope)])} />
        <${ChecksField} form=${form} name="accounts" legend="At these accounts" hint="All of them if none is chosen." options=${(accounts ?? []).map(({ name }) => [name, name])} />
        <${TextField} form=${form} name="monthly" label="Most for monthly prices" inputmode="decimal" placeholder="no ceiling" />
        <${TextField} form=${form} name="setup" label="Most for set-up fees a month" inputmode="decimal" placeholder="no ceiling" />
        <${TextField} form=${form} name="currency" label="Currency" hint="Of the ceilings. Other currencies, and unknown prices, are then refused." />
        <${SelectField} form=${form} name="days" label="Expires" options=${EXPIRIES} />
        <${TextField} form=${form} name="per_second" label="Requests a second" inputmode="numeric" placeholder="as configured" />
        <${TextField} form=${form} name="burst" label="Requests at once" inputmode="numeric" placeholder="as configured" />
      </div>
      <p class="hint">It belongs to the tenant ${session.tenant}. Keys of other tenants are made with the command line.</p>
      <div class="form-foot"><button type="button" class="button" onClick=${close}>Cancel</button><${Submit} form=${form}>Make the key<//></div>
    </form>
  <//>`;
}
