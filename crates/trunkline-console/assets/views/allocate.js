/** Buying several numbers at once: the order, and how it is getting on. */
import { Fragment, html, useState } from "../lib/html.js";
import { get, newKey, path, write } from "../lib/api.js";
import { capital, plural, word } from "../lib/format.js";
import { FormProblem, SelectField, Submit, TextField, useForm } from "../lib/forms.js";
import { go, link } from "../lib/route.js";
import { useLoad, usePoll, useSession } from "../lib/state.js";
import { Action, Data, Facts, Page, Section, Spinner, StateBadge, Time, toneOf } from "../ui/basic.js";
import { Dialog } from "../ui/dialog.js";
import { CarrierError, PageProblem } from "../ui/problem.js";
import { Table } from "../ui/table.js";
import { Criteria, criteriaOf } from "./buy.js";

const MODES = [
  ["best_effort", "As many as possible"],
  ["at_least", "At least this many, more or nothing"],
  ["all_or_nothing", "All or nothing: stop at the first failure"],
];

function Several({ query, close }) {
  const form = useForm({ count: "5", mode: "best_effort", strategy: "cheapest" });
  const [key] = useState(newKey);
  const criteria = criteriaOf(query);
  const send = form.submit(async ({ count, mode, strategy }) => {
    const body = { criteria, strategy, mode, count: /^\d+$/.test(count.trim()) ? Number(count) : count };
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
        <${SelectField} form=${form} name="mode" label="If there are not enough" wide options=${MODES} />
      </div>
      <div class="form-foot"><button type="button" class="button" onClick=${close}>Cancel</button><${Submit} form=${form}>Buy them<//></div>
    </form>
  <//>`;
}

/** The button, where the gateway can do it. */
export function BuySeveral({ query, why }) {
  const { optional } = useSession();
  const [open, setOpen] = useState(false);
  if (!optional.allocations) return null;
  return html`<${Fragment}><${Action} why=${why} onClick=${() => setOpen(true)}>Buy several…<//>
    ${open && html`<${Several} query=${query} close=${() => setOpen(false)} />`}<//>`;
}

const SHOWN = ["id", "state", "items", "criteria", "created_at", "settled_at", "count", "mode", "strategy", "error"];

/** Whether it is still being worked on. */
const isOpen = (allocation) => !allocation.settled_at && toneOf(allocation.state) === "info";

const COLUMNS = [
  { head: "Number", primary: true, cell: (item) => html`<span class="mono">${item.number ?? "not chosen yet"}</span>` },
  { head: "Account", cell: (item) => item.account ?? "–" },
  { head: "State", cell: (item) => html`<${StateBadge} state=${item.state ?? item.outcome ?? "pending"} />` },
  { head: "Why", cell: (item) => (item.error ? html`<${CarrierError} error=${item.error} />` : "–") },
  { head: "Purchase", cell: (item) => (item.purchase_id ? html`<a href=${link(["purchases", item.purchase_id])}>evidence</a>` : "–") },
];

export function Allocation({ id }) {
  const found = useLoad(async (signal) => (await get(path("allocations", id), {}, signal)).data, [id]);
  const allocation = found.data;
  usePoll(async () => found.reload(), 1500, Boolean(allocation && isOpen(allocation)));
  if (!allocation) {
    return html`<${Page} title="Several numbers">${found.problem ? html`<${PageProblem} problem=${found.problem} onRetry=${found.reload} />` : html`<${Spinner} />`}<//>`;
  }
  const items = allocation.items ?? [];
  const rest = Object.fromEntries(Object.entries(allocation).filter(([name]) => !SHOWN.includes(name)));
  return html`<${Page} title=${`${plural(allocation.count ?? items.length, "number")} at once`} back=${{ href: "#/purchases", text: "Purchases" }}>
    <div class="card" role="status">
      <${Facts} rows=${[
        ["State", html`<${StateBadge} state=${allocation.state} />`],
        ["Bought", `${items.filter((item) => (item.state ?? item.outcome) === "succeeded").length} of ${allocation.count ?? items.length}`],
        ["If there are not enough", MODES.find(([mode]) => mode === allocation.mode)?.[1] ?? capital(word(allocation.mode))],
        ["Ordered", allocation.created_at && html`<${Time} at=${allocation.created_at} />`],
        ["Why it failed", allocation.error && html`<${CarrierError} error=${allocation.error} />`],
        ...Object.entries(rest).map(([name, value]) => [capital(word(name)), value !== null && html`<${Data} value=${value} />`]),
      ]} />
    </div>
    <${Section} title="Its numbers"><${Table} caption="The numbers of this order" columns=${COLUMNS} rows=${items} keyOf=${(item) => item.purchase_id ?? items.indexOf(item)} /><//>
  <//>`;
}
