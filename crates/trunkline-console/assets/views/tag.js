/** Tags of many numbers at once: first what would change, then the change. */
import { html, useState } from "../lib/html.js";
import { newKey, write } from "../lib/api.js";
import { plural } from "../lib/format.js";
import { FormProblem, SelectField, Submit, TextField, useForm } from "../lib/forms.js";
import { notify } from "../lib/state.js";
import { Dialog } from "../ui/dialog.js";

const list = (text) => text.split(",").map((tag) => tag.trim()).filter(Boolean);

/** Filters of an address as the body has them: without the empty ones, and yes or no as a boolean. */
const selector = (filters) => Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== "").map(([name, value]) => [name, ["main", "unassigned"].includes(name) ? value === "true" : value]));

export function TagNumbers({ select, close, saved }) {
  const form = useForm({ add: "", remove: "", protected: "" });
  const [dry, setDry] = useState(null);
  const written = JSON.stringify(form.values);
  const planned = dry?.written === written ? dry : null;
  const send = form.submit(async ({ add, remove, protected: held }) => {
    const body = { select: selector(select), add: list(add), remove: list(remove), apply: Boolean(planned) };
    if (held) body.protected = held === "true";
    const { data } = await write("PATCH", "/v1/inventory", body, { key: newKey() });
    if (!planned) {
      setDry({ ...data, written });
      return;
    }
    notify(`Changed ${plural(data.changed, "number")}`);
    saved();
  });
  return html`<${Dialog} title="Tag the numbers that fit the filters" onClose=${close}>
    <form ref=${form.element} onSubmit=${send} noValidate>
      <${FormProblem} form=${form} />
      <div class="fields">
        <${TextField} form=${form} name="add" label="Tags to add" hint="Separated by commas." wide />
        <${TextField} form=${form} name="remove" label="Tags to remove" hint="Separated by commas." wide />
        <${SelectField} form=${form} name="protected" label="Protected" options=${[["", "As it is"], ["true", "Can't be released"], ["false", "Can be released"]]} />
      </div>
      ${planned && html`<p class="notice info" role="status">${plural(planned.matched, "number fits", "numbers fit")} the filters; ${planned.changed === 0 ? "nothing would change." : `${planned.changed} would change.`}</p>`}
      <div class="form-foot">
        ${planned && planned.changed > 0
          ? html`<${Submit} form=${form}>Change ${plural(planned.changed, "number")}<//>`
          : html`<${Submit} form=${form} busy="Looking…">See what would change<//>`}
        <button type="button" class="button" onClick=${close}>Cancel</button>
      </div>
    </form>
  <//>`;
}
