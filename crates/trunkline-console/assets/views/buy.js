/** The confirmation of a purchase: what it costs, what it needs, what else shall be set. */
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { Problem, newKey } from "../lib/api.js";
import { ADDRESSES, capital, carriers, countryName, duration, featuresOf, money, place, providerName, word } from "../lib/format.js";
import { FormProblem, SelectField, TextField, useForm } from "../lib/forms.js";
import { keepOrder, signature } from "../lib/orders.js";
import { go } from "../lib/route.js";
import { useAccounts, useSession } from "../lib/state.js";
import { Account, Facts, Price } from "../ui/basic.js";
import { Dialog } from "../ui/dialog.js";

/** Keeps the order under a key of its own, then goes to the page that sends it. Once for each dialog: a double press is one order. */
function confirm(session, body, what) {
  const order = { key: newKey(), owner: signature(session), body, what, from: location.hash, at: new Date().toISOString() };
  try {
    keepOrder(order);
  } catch {
    throw new Problem({
      kind: "config",
      title: "This browser keeps nothing",
      detail: "Without session storage the order could not be repeated safely after a reload. Nothing was sent. Allow this site to store data, or use the command line.",
    });
  }
  go(["orders", order.key]);
}

/** What is sent along, without what was left empty. */
function details(values) {
  const body = {};
  if (values.label?.trim()) body.label = values.label.trim();
  if (values.address_id?.trim()) body.address_id = values.address_id.trim();
  if (values.voice?.trim()) body.voice = { type: "webhook", url: values.voice.trim() };
  if (values.messaging?.trim()) body.messaging = { type: "webhook", url: values.messaging.trim() };
  return body;
}

function Settings({ form, account }) {
  const writable = account?.capability.writable ?? ["label"];
  const hooks = carriers.get(account?.provider)?.voice.includes("webhook");
  return html`${writable.includes("label") && html`<${TextField} form=${form} name="label" label="Label" hint="What you will call it." wide />`}
    ${hooks && html`<details>
      <summary>Where calls and messages go</summary>
      <div class="fields">
        <${TextField} form=${form} name="voice" label="Calls ask this web address" type="url" placeholder="https://" wide mono />
        <${TextField} form=${form} name="messaging" label="Messages ask this web address" type="url" placeholder="https://" wide mono />
      </div>
      <p class="hint">Can be set later on the number's page too.</p>
    </details>`}`;
}

/** Counts an offer down. */
function useLeft(iso) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return Date.parse(iso) - now;
}

export function BuyNumber({ offer, close }) {
  const { session } = useSession();
  const account = useAccounts().named(offer.account);
  const form = useForm({ label: "", address_id: "", voice: "", messaging: "" });
  const left = useLeft(offer.expires_at);
  const address = ADDRESSES[offer.address_requirement];
  const once = useRef(false);
  const send = form.submit((values) => {
    if (once.current) return;
    confirm(session, { offer: offer.offer, ...details(values) }, {
      number: offer.number, display: offer.display_number, account: offer.account, provider: offer.provider,
      price: offer.monthly_price, setup: offer.setup_price,
    });
    once.current = true;
  });
  const cost = offer.monthly_price ? ` for ${money(offer.monthly_price)} a month` : "";
  return html`<${Dialog} title="Buy this number?" onClose=${close} calm>
    <form ref=${form.element} onSubmit=${send} noValidate>
      <p class="big-number">${offer.display_number}</p>
      <${Facts} rows=${[
        ["From", html`<${Account} account=${offer.account} provider=${offer.provider} href=${false} />`],
        ["Monthly price", html`<strong><${Price} value=${offer.monthly_price} source=${offer.price_source} per="" /></strong>`],
        ["Once", offer.setup_price ? html`<strong><${Price} value=${offer.setup_price} per="" /></strong>` : "nothing"],
        ["Price according to", { carrier: providerName(offer.provider), config: "your configuration", unknown: "unknown: the carrier does not give it" }[offer.price_source]],
        ["Where", place(offer.location, offer.country)],
        ["Type", capital(word(offer.number_type))],
        ["Can do", featuresOf(offer.features).map(([, text]) => text).join(", ")],
        ["Needs", address ? `${address}, below` : "nothing: no address has to be on file"],
      ]} />
      ${!offer.monthly_price && html`<p class="notice warn">The price is not known. What ${providerName(offer.provider)} charges will be on its bill.</p>`}
      <${FormProblem} form=${form} />
      ${address && html`<${TextField} form=${form} name="address_id" label="Address" required mono wide
        hint=${`${providerName(offer.provider)}'s id of ${address}. It is kept at the carrier, and copied from its console.`} />`}
      <${Settings} form=${form} account=${account} />
      <div class="form-foot">
        <p class="small muted grow">${left > 0 ? `Quoted price good for ${duration(left)}` : "This quote has expired: search again."}</p>
        <button type="button" class="button" onClick=${close}>Cancel</button>
        <button type="submit" class="button primary" disabled=${left <= 0}>Buy${cost}</button>
      </div>
    </form>
  <//>`;
}

/** The criteria of a search as those of a purchase. */
export function criteriaOf(query) {
  const criteria = {};
  for (const [name, value] of Object.entries(query)) {
    if (["sort", "limit"].includes(name) || value === "") continue;
    if (name === "features" || name === "accounts") criteria[name] = value.split(",");
    else criteria[name] = name === "distance" && /^\d+$/.test(value) ? Number(value) : value;
  }
  return criteria;
}

/** The criteria in words. */
export function Criteria({ criteria }) {
  const shown = Object.entries(criteria).filter(([name, value]) => !["strategy", "max_monthly_price"].includes(name) && value !== null && String(value) !== "");
  const text = (name, value) => (name === "country" ? countryName(value) : Array.isArray(value) ? value.map(word).join(", ") : word(value));
  return html`<${Facts} rows=${shown.map(([name, value]) => [capital(word(name)), text(name, value)])} />`;
}

export function BuyBest({ query, close }) {
  const { session } = useSession();
  const once = useRef(false);
  const form = useForm({ strategy: "cheapest", amount: "", currency: "USD", label: "" });
  const criteria = criteriaOf(query);
  const send = form.submit((values) => {
    const body = { criteria, strategy: values.strategy, ...details(values) };
    if (once.current) return;
    if (values.amount.trim()) body.max_monthly_price = { amount: values.amount.trim(), currency: values.currency.trim().toUpperCase() };
    confirm(session, body, { criteria, strategy: values.strategy, ceiling: body.max_monthly_price ?? null });
    once.current = true;
  });
  return html`<${Dialog} title="Buy the best that fits?" onClose=${close} calm>
    <form ref=${form.element} onSubmit=${send} noValidate>
      <p>trunkline searches again and buys <strong>one</strong> number. It goes on to the next candidate only if a carrier refuses one.</p>
      <${Criteria} criteria=${criteria} />
      <${FormProblem} form=${form} />
      <div class="fields">
        <${SelectField} form=${form} name="strategy" label="Which one" wide options=${[["cheapest", "The cheapest"], ["priority", "By the accounts' priorities"]]} />
        <${TextField} form=${form} name="amount" label="At most, a month" inputmode="decimal" placeholder="such as 2.00" hint="A number without a known price is then left out." />
        <${TextField} form=${form} name="currency" label="Currency" />
        <${TextField} form=${form} name="label" label="Label" wide hint="What you will call it." />
      </div>
      <div class="form-foot">
        <button type="button" class="button" onClick=${close}>Cancel</button>
        <button type="submit" class="button primary">Buy one number</button>
      </div>
    </form>
  <//>`;
}
