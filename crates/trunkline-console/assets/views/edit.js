/** Changing a number. Only what was changed is sent; what the carrier can't change says so. */
import { html } from "../lib/html.js";
import { Problem, path, write } from "../lib/api.js";
import { providerName, shownNumber } from "../lib/format.js";
import { CheckField, FormProblem, SelectField, Submit, TextArea, TextField, useForm } from "../lib/forms.js";
import { Dialog } from "../ui/dialog.js";
import { RoutingFields, routingBody, routingValues } from "../ui/routing.js";

const TEXTS = ["label", "caller_id_name", "owner", "emergency_address_id"];

function valuesOf(number) {
  return {
    label: number.label ?? "",
    caller_id_name: number.caller_id_name ?? "",
    owner: number.owner?.id ?? "",
    emergency_address_id: number.emergency_address_id ?? "",
    location: number.location.id ?? "",
    state: number.state,
    shared: number.shared,
    protected: number.protected,
    tags: number.tags.join(", "),
    provider_options: "",
    ...routingValues("voice", number.voice),
    ...routingValues("messaging", number.messaging),
  };
}

/** JSON that a person typed, or what is wrong with it, at its field. */
function parse(field, text) {
  let value = null;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong(field, `This is not JSON: ${error.message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(field, "This must be a JSON object, in braces");
  return value;
}

const wrong = (field, message) => new Problem({ kind: "invalid_request", title: "Please check", errors: [{ field, message }] });

/** The merge patch: what differs, `null` for what was emptied. */
export function patchOf(before, values) {
  const patch = {};
  const differs = (name) => values[name] !== before[name];
  for (const name of [...TEXTS, "location"]) if (differs(name)) patch[name] = values[name].trim() || null;
  for (const name of ["state", "shared", "protected"]) if (differs(name)) patch[name] = values[name];
  if (differs("tags")) patch.tags = values.tags.split(",").map((tag) => tag.trim()).filter(Boolean);
  for (const kind of ["voice", "messaging"]) {
    const fields = Object.keys(values).filter((name) => name === kind || name.startsWith(`${kind}.`));
    if (fields.some(differs)) patch[kind] = routingBody(kind, values, { parse });
  }
  if (values.provider_options.trim()) patch.provider_options = parse("provider_options", values.provider_options);
  return patch;
}

export function EditNumber({ number, account, close, saved }) {
  const before = valuesOf(number);
  const form = useForm(before);
  const carrier = providerName(number.provider);
  const writable = account?.capability.writable ?? [];
  const why = (field) => (!account || writable.includes(field) ? null : `${carrier} can't change this.`);
  const send = form.submit(async (values) => {
    const patch = patchOf(before, values);
    if (Object.keys(patch).length === 0) return close();
    const { data } = await write("PATCH", path("numbers", number.id), patch);
    return saved(data);
  });
  const routing = { form, provider: number.provider };
  const states = [...new Set([number.state, "active", "inactive"])].map((state) => [state, state]);
  return html`<${Dialog} title=${`Edit ${shownNumber(number)}`} onClose=${close} wide>
    <form ref=${form.element} onSubmit=${send} noValidate>
      <${FormProblem} form=${form} />
      <div class="fields">
        <${TextField} form=${form} name="label" label="Label" disabled=${why("label")} why=${why("label")} />
        <${TextField} form=${form} name="caller_id_name" label="Caller-ID name" disabled=${why("caller_id_name")} why=${why("caller_id_name")} hint=${why("caller_id_name") ? undefined : "Shown to who is called."} />
        <${TextField} form=${form} name="tags" label="Tags" hint="Your own, separated by commas. The carrier does not see them." />
        <${CheckField} form=${form} name="protected" label="Protected" hint="It can't be released while it is." />
      </div>
      <h3>Calls and messages</h3>
      <div class="fields">
        <${RoutingFields} ...${routing} kind="voice" now=${number.voice.type} why=${why("voice")} />
        <${RoutingFields} ...${routing} kind="messaging" now=${number.messaging.type} why=${why("messaging")} />
      </div>
      <details open=${["location", "state", "shared", "owner", "emergency_address_id", "provider_options"].some((name) => form.errorsOf(name).length)}>
        <summary>Place, owner and what only ${carrier} has</summary>
        <div class="fields">
          <${TextField} form=${form} name="location" label="Place" mono disabled=${why("location")} why=${why("location")} hint=${why("location") ? undefined : "The carrier's id of it."} />
          <${TextField} form=${form} name="owner" label="Assigned to" mono disabled=${why("owner")} why=${why("owner")} />
          <${TextField} form=${form} name="emergency_address_id" label="Emergency address" mono disabled=${why("emergency_address_id")} why=${why("emergency_address_id")} />
          <${SelectField} form=${form} name="state" label="State" options=${states} disabled=${why("state")} why=${why("state")} />
          <${CheckField} form=${form} name="shared" label="Usable by everyone in the account" disabled=${Boolean(why("shared"))} why=${why("shared")} />
          <${TextArea} form=${form} name="provider_options" label=${`Options of ${carrier}`} mono wide disabled=${why("provider_options")} why=${why("provider_options")} hint="JSON; what it may hold is in the API documentation." />
        </div>
      </details>
      <div class="form-foot"><button type="button" class="button" onClick=${close}>Cancel</button><${Submit} form=${form} busy="Saving…">Save<//></div>
    </form>
  <//>`;
}
