/** Buying several numbers at once: what it will cost, the most that it may, and the order. */
import { Fragment, html, useState } from "../lib/html.js";
import { newKey, write } from "../lib/api.js";
import { comparePrices, money, plural, sums } from "../lib/format.js";
import { FormProblem, SelectField, Submit, TextField, useForm } from "../lib/forms.js";
import { go } from "../lib/route.js";
import { useSession } from "../lib/state.js";
import { Action } from "../ui/basic.js";
import { Dialog } from "../ui/dialog.js";
import { Criteria, criteriaOf } from "./buy.js";

export const MODES = [
  ["best_effort", "Buy as many as there are"],
  ["at_least", "Buy at least a minimum, or fail"],
  ["all_or_nothing", "Buy all of them, or fail"],
];

const wholeNumber = (text) => (/^\d+$/.test(text.trim()) ? Number(text) : text.trim());

/** The money an order of this many is about, by what the search has found. */
function Cost({ offers, values }) {
  const count = wholeNumber(values.count);
  if (!Number.isInteger(count) || count < 1) return null;
  const prices = offers.map(({ monthly_price }) => monthly_price).sort(comparePrices).slice(0, count);
  const total = sums(prices).map(money).join(" + ");
  const unknown = prices.filter((price) => !price).length;
  const most = values.amount.trim() ? sums(Array(count).fill({ amount: values.amount.trim(), currency: values.currency.trim().toUpperCase() || "USD" })) : null;
  const known = prices.length - unknown;
  return html`<div class="notice" role="status">
    <p>${known > 0 ? html`<strong>About ${total} a month</strong> for the ${known === 1 ? "cheapest one" : `${known} cheapest`} found` : "No price is known of the numbers found"}${known > 0 && unknown > 0 && `; ${unknown} more have no known price`}.</p>
    ${prices.length < count && html`<p>The search found ${plural(prices.length, "number")}; the order looks for the other ${count - prices.length}.</p>`}
    ${most && /^\d+(\.\d+)?$/.test(values.amount.trim())
      ? html`<p>At most <strong>${most.map(money).join("")}</strong> a month for all ${count}: dearer numbers, and those without a known price, are left out.</p>`
      : html`<p>Without a highest price, what the carrier charges is paid.</p>`}
  </div>`;
}

function Several({ query, offers, close }) {
  const form = useForm({ count: "5", mode: "best_effort", strategy: "cheapest", minimum: "", amount: "", currency: "USD", label: "", release: false });
  const [key] = useState(newKey);
  const criteria = criteriaOf(query);
  const { mode } = form.values;
  const send = form.submit(async (values) => {
    const body = { criteria, strategy: values.strategy, mode, count: wholeNumber(values.count) };
    if (mode === "at_least") body.minimum = wholeNumber(values.minimum);
    if (mode !== "best_effort" && values.release === "true") body.release_on_failure = true;
    if (values.amount.trim()) body.max_monthly_price = { amount: values.amount.trim(), currency: values.currency.trim().toUpperCase() };
    if (values.label.trim()) body.label = values.label.trim();
    const { data } = await write("POST", "/v1/allocations", body, { key });
    go(["allocations", data.id]);
  });
  return html`<${Dialog} title="Buy several?" onClose=${close} calm>
    <form ref=${form.element} onSubmit=${send} noValidate>
      <p>Each number is bought exactly once, and each has its own purchase with its own evidence.</p>
      <${Criteria} criteria=${criteria} />
      <${FormProblem} form=${form} />
      <div class="fields">
        <${TextField} form=${form} name="count" label="How many" inputmode="numeric" required hint="1 to 100." />
        <${SelectField} form=${form} name="strategy" label="Which ones" options=${[["cheapest", "The cheapest"], ["priority", "By the accounts' priorities"]]} />
        <${TextField} form=${form} name="amount" label="Highest price of each, a month" inputmode="decimal" placeholder="such as 2.00" />
        <${TextField} form=${form} name="currency" label="Currency" />
        <${TextField} form=${form} name="label" label="Label of each" wide hint="What you will call them." />
        <${SelectField} form=${form} name="mode" label="If there are not enough" wide options=${MODES} />
        ${mode === "at_least" && html`<${TextField} form=${form} name="minimum" label="The minimum" inputmode="numeric" required />`}
        ${mode !== "best_effort" && html`<${SelectField} form=${form} name="release" label="If it fails" options=${[["false", "Keep what was bought"], ["true", "Give back what was bought"]]} />`}
      </div>
      <${Cost} offers=${offers} values=${form.values} />
      <div class="form-foot"><button type="button" class="button" onClick=${close}>Cancel</button><${Submit} form=${form}>Buy them<//></div>
    </form>
  <//>`;
}

/** The button. `offers` are the numbers found, for the cost. */
export function BuySeveral({ query, offers }) {
  const { missing } = useSession();
  const [open, setOpen] = useState(false);
  return html`<${Fragment}><${Action} why=${missing("POST /v1/allocations")} onClick=${() => setOpen(true)}>Buy several…<//>
    ${open && html`<${Several} query=${query} offers=${offers} close=${() => setOpen(false)} />`}<//>`;
}
