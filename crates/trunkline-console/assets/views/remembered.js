/** What the inventory knows of a number: every account that has it, what disagrees, and what changed without trunkline. */
import { html } from "../lib/html.js";
import { Problem, get, path } from "../lib/api.js";
import { capital, word } from "../lib/format.js";
import { link } from "../lib/route.js";
import { useLoad, useSession } from "../lib/state.js";
import { Account, Badge, Facts, Section, Spinner, StateBadge, Time } from "../ui/basic.js";
import { PageProblem } from "../ui/problem.js";
import { Table } from "../ui/table.js";
import { CLASSES, DriftText, shown } from "./drift.js";

const PLACES = [
  { head: "Account", primary: true, cell: ({ account, provider, number_id: id, as }) => html`<${Account} account=${account} provider=${provider} href=${false} /> ${as !== "verified_caller_id" && html`<a class="small" href=${link(["numbers", id])}>Open</a>`}` },
  { head: "As", cell: ({ as, main }) => html`${capital(word(as))}${main && ", main number"}` },
  { head: "State", cell: ({ state }) => html`<${StateBadge} state=${state} text=${capital(state)} />` },
  { head: "Label", cell: ({ label }) => label ?? html`<span class="muted">–</span>` },
  { head: "Last seen", cell: ({ last_seen_at: at }) => html`<${Time} at=${at} />` },
];

const DIFFERENCES = {
  label: "The labels differ", voice: "Calls go to different places", registered_but_held_nowhere: "It is registered, and no account holds it",
  held_but_released: "It was given back at one account, and is still registered at another", held_twice: "Two accounts that sell numbers hold it",
};

const Differences = ({ differences }) => html`<ul class="waits" aria-label="What disagrees">
  ${differences.map(({ what, values }) => html`<li key=${what} class="notice warn"><span class="grow"><strong>${DIFFERENCES[what] ?? word(what)}</strong>${values.length > 0 && `: ${values.map(({ number_id: id, value }) => `${shown(value)} at ${id.split(":")[0]}`).join(", ")}`}</span></li>`)}
</ul>`;

const Changes = ({ history }) => html`<${Facts} rows=${history.map((drift) => [
  html`<${Time} at=${drift.since} />`,
  html`<${Badge} tone=${drift.state === "open" ? "warn" : "plain"}>${CLASSES[drift.class] ?? word(drift.class)}<//> <${DriftText} drift=${drift} />`,
])} />`;

/** What was not read yet is not an error. */
async function known(address, signal) {
  try {
    return (await get(address, {}, signal)).data;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

export function Remembered({ number }) {
  const { allowed } = useSession();
  const found = useLoad(async (signal) => {
    if (!allowed("GET /v1/inventory/{id}")) return {};
    const [item, where] = await Promise.all([known(path("inventory", number.id), signal), number.number?.startsWith("+") ? known(path("where", number.number), signal) : null]);
    return { item, where };
  }, [number.id, number.number, number.label, number.updated_at]);
  const { item, where } = found.data ?? {};
  if (found.data && !item && !where?.places.length) return null;
  return html`<${Section} title="In the inventory">
    ${found.problem && html`<${PageProblem} problem=${found.problem} onRetry=${found.reload} />`}
    ${!found.data && found.loading && html`<${Spinner} />`}
    ${item && html`<${Facts} rows=${[["State", html`<${StateBadge} state=${item.inventory.state} text=${capital(item.inventory.state)} />`], ["Known since", html`<${Time} at=${item.inventory.first_seen_at} />`], ["Last seen", html`<${Time} at=${item.inventory.last_seen_at} />`]]} />`}
    ${where?.places.length > 1 && html`<h3>Where it is</h3><${Table} caption="Accounts that have it" columns=${PLACES} rows=${where.places} keyOf=${({ number_id: id }) => id} />`}
    ${where?.differences.length > 0 && html`<${Differences} differences=${where.differences} />`}
    ${item?.history.length > 0 && html`<h3>Changed without trunkline</h3><${Changes} history=${item.history} />`}
  <//>`;
}
