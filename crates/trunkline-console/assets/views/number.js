/** One number: what it is, where its calls go, what happened to it, and what can be done with it. */
import { Fragment, html, useState } from "../lib/html.js";
import { Problem, get, path, write } from "../lib/api.js";
import { capital, carriers, ownLabel, place, providerName, shownNumber, word } from "../lib/format.js";
import { can, notify, useAccounts, useLoad, useSession } from "../lib/state.js";
import { Account, Action, Copy, Data, Facts, Features, Page, Price, Section, Spinner, Time } from "../ui/basic.js";
import { PageProblem, ProblemBox } from "../ui/problem.js";
import { Routing } from "../ui/routing.js";
import { EditNumber } from "./edit.js";
import { History } from "./history.js";
import { Badges } from "./numbers.js";
import { ReleaseNumber } from "./release.js";
import { Remembered } from "./remembered.js";

const back = { href: "#/numbers", text: "Numbers" };

function Overview({ number }) {
  return html`<${Section} title="Overview">
    <${Facts} rows=${[
      ["Number", number.number && html`<span class="mono">${number.number}</span> <${Copy} text=${number.number} what="number" />`],
      ["Extension", number.extension],
      ["Label", number.label],
      ["Caller-ID name", number.caller_id_name],
      ["Account", html`<${Account} account=${number.account} provider=${number.provider} />`],
      ["Type", capital(word(number.number_type))],
      ["Can do", html`<${Features} features=${number.features} />`],
      ["Monthly price", number.monthly_price && html`<${Price} value=${number.monthly_price} per="" />`],
      ["Held since", number.purchased_at && html`<${Time} at=${number.purchased_at} />`],
      ["Last changed", number.updated_at && html`<${Time} at=${number.updated_at} />`],
      ["Next billed", number.next_billing_at && html`<${Time} at=${number.next_billing_at} />`],
      ["Id", html`<span class="mono wrap">${number.id}</span> <${Copy} text=${number.id} what="id" />`],
    ]} />
  <//>`;
}

function Whereabouts({ number }) {
  const { location, owner } = number;
  return html`<${Section} title="Where and whose">
    <${Facts} rows=${[
      ["Where", place(location, number.country) || "not told by the carrier"],
      ["Place at the carrier", location.id && html`${location.name ?? ""} <span class="mono small wrap">${location.id}</span>`],
      ["Postal code", location.postal_code],
      ["Rate centre", location.rate_center],
      ["Coordinates", location.latitude !== null && location.longitude !== null && `${location.latitude}, ${location.longitude}`],
      ["Assigned to", owner ? html`${owner.name ?? owner.id ?? ""} <span class="muted small">(${word(owner.kind)})</span>` : "nobody"],
      ["Address needed", number.address_requirement === "none" ? "none" : word(number.address_requirement)],
      ["Emergency address", number.emergency_address_id && html`<span class="mono wrap">${number.emergency_address_id}</span>`],
      ["For a service, not people", number.service_number && "yes"],
    ]} />
  <//>`;
}

/** What waits to happen to the number, above everything else. */
function Pending({ number, restore, why, problem }) {
  if (!number.release_at) return null;
  return html`<div class="notice warn" role="status">
    ${number.release_held
      ? html`<p><strong>This number should have been released <${Time} at=${number.release_at} />.</strong> That is more than a day ago, so it waits for you: release it again, or keep it.</p>`
      : html`<p><strong>This number will be released <${Time} at=${number.release_at} />.</strong> Until then that can be undone.</p>`}
    <${ProblemBox} problem=${problem} />
    <p><${Action} why=${why} tone="primary" onClick=${restore}>Keep it after all<//></p>
  </div>`;
}

/** Writes that need no form: each says what it did, or why not. */
function useChange(found, id) {
  const [problem, setProblem] = useState(null);
  const run = async (call, done) => {
    setProblem(null);
    try {
      const { data } = await call();
      found.put(data);
      notify(done);
    } catch (caught) {
      if (!(caught instanceof Problem)) throw caught;
      setProblem(caught);
    }
  };
  const at = path("numbers", id);
  return {
    problem,
    restore: () => run(() => write("POST", `${at}/restore`), "The number stays"),
    protect: (on) => run(() => write("PATCH", at, { protected: on }), on ? "Protected: it can't be released" : "No longer protected"),
    makeMain: (number) => run(
      () => write("PUT", `${path("accounts", number.account)}/main-number`, { number: number.id, ...(carriers.get(number.provider)?.by_location && number.location.id ? { location: number.location.id } : {}) }),
      "It is the main number now",
    ),
  };
}

export function NumberPage({ id }) {
  const found = useLoad(async (signal) => (await get(path("numbers", id), {}, signal)).data, [id]);
  const account = useAccounts().named(found.data?.account);
  const { missing } = useSession();
  const [dialog, setDialog] = useState(null);
  const change = useChange(found, id);
  const number = found.data;
  if (!number) {
    return html`<${Page} title="Number" name=${id} back=${back}>${found.problem ? html`<${PageProblem} problem=${found.problem} onRetry=${found.reload} />` : html`<${Spinner} text="Asking the carrier…" />`}<//>`;
  }
  const cannot = missing("PATCH /v1/numbers/{id}");
  const mayMain = can(account, "set_main") && !number.main && number.number;
  const actions = html`<${Fragment}>
    <${Action} id="edit" why=${cannot} tone="primary" onClick=${() => setDialog("edit")}>Edit<//>
    <${Action} why=${cannot} onClick=${() => change.protect(!number.protected)}>${number.protected ? "Stop protecting" : "Protect"}<//>
    ${mayMain && html`<${Action} why=${cannot} onClick=${() => change.makeMain(number)}>Make it the main number<//>`}
    ${(!number.release_at || number.release_held) && html`<${Action} why=${missing("DELETE /v1/numbers/{id}")} tone="danger" onClick=${() => setDialog("release")}>Release…<//>`}
  <//>`;
  const close = () => setDialog(null);
  return html`<${Page} title=${shownNumber(number)} lead=${ownLabel(number)} actions=${actions} back=${back}>
    <p><${Badges} number=${number} /></p>
    <${Pending} number=${number} restore=${change.restore} why=${missing("POST /v1/numbers/{id}/restore")} problem=${change.problem} />
    ${!number.release_at && html`<${ProblemBox} problem=${change.problem} />`}
    <div class="packed">
      <${Overview} number=${number} />
      <${Section} title="Calls and messages">
        <h3>Calls</h3><${Routing} routing=${number.voice} />
        <h3>Messages</h3><${Routing} routing=${number.messaging} />
      <//>
      <${Whereabouts} number=${number} />
      <${Section} title=${`What only ${providerName(number.provider)} knows`}><${Data} value=${number.provider_data} /><//>
    </div>
    <${Remembered} number=${number} />
    <${History} number=${number} />
    ${dialog === "edit" && html`<${EditNumber} number=${number} account=${account} close=${close} saved=${(data) => { close(); found.put(data); notify("Saved"); }} />`}
    ${dialog === "release" && html`<${ReleaseNumber} number=${number} account=${account} close=${close} waiting=${(release_at) => { close(); found.put({ ...number, release_at, release_held: false }); notify("The release waits, and can be undone"); }} />`}
  <//>`;
}
