/** Mending an order that was refused for what stood in it: it goes out again as another order, for nothing came of the first. */
import { html, useEffect } from "../lib/html.js";
import { newKey } from "../lib/api.js";
import { FormProblem, Submit, TextField, useForm } from "../lib/forms.js";
import { keepOrder } from "../lib/orders.js";
import { go } from "../lib/route.js";

const LABELS = {
  address_id: "Address",
  label: "Label",
  "voice.url": "Calls ask this web address",
  "messaging.url": "Messages ask this web address",
  "max_monthly_price.amount": "At most, a month",
  "max_monthly_price.currency": "Currency",
};

/** Whether everything that is wrong can be corrected here. */
export const isAmendable = (problem) =>
  problem.kind === "invalid_request" && problem.errors.length > 0 && problem.errors.every(({ field }) => LABELS[field]);

const valueAt = (body, field) => field.split(".").reduce((part, name) => part?.[name], body) ?? "";

/** A copy of the body with another value there; an empty one is left out. */
function withValue(body, field, value) {
  const [name, ...rest] = field.split(".");
  if (rest.length) return { ...body, [name]: withValue(body[name] ?? {}, rest.join("."), value) };
  const { [name]: _, ...others } = body;
  return value ? { ...others, [name]: value } : others;
}

export function Amend({ order, problem }) {
  const names = [...new Set(problem.errors.map(({ field }) => field))];
  const form = useForm(Object.fromEntries(names.map((name) => [name, valueAt(order.body, name)])));
  useEffect(() => form.setProblem(problem), [problem]);
  const send = form.submit((values) => {
    const body = names.reduce((changed, name) => withValue(changed, name, values[name].trim()), order.body);
    const { refused, ...rest } = order;
    const amended = { ...rest, key: newKey(), body, at: new Date().toISOString() };
    keepOrder(amended);
    go(["orders", amended.key], {}, { replace: true });
  });
  return html`<form ref=${form.element} onSubmit=${send} noValidate>
    <p>Nothing was sent to a carrier. Mend the order and it goes on:</p>
    <${FormProblem} form=${form} />
    <div class="fields">${names.map((name) => html`<${TextField} key=${name} form=${form} name=${name} label=${LABELS[name]} wide mono=${name !== "label"} />`)}</div>
    <div class="form-foot"><${Submit} form=${form}>Buy<//></div>
  </form>`;
}
