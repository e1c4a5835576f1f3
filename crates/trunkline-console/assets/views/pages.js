/** Which address shows which page. */
import { html } from "../lib/html.js";
import { Page } from "../ui/basic.js";
import { AccountPage } from "./account.js";
import { Accounts } from "./accounts.js";
import { Allocation, Allocations } from "./allocations.js";
import { Audit } from "./audit.js";
import { CallerId } from "./caller-id.js";
import { CallerIds } from "./caller-ids.js";
import { Events } from "./events.js";
import { Drift } from "./drift.js";
import { Inventory } from "./inventory.js";
import { Keys } from "./keys.js";
import { NumberPage } from "./number.js";
import { Numbers } from "./numbers.js";
import { Order } from "./order.js";
import { Overview } from "./overview.js";
import { PurchasePage } from "./purchase.js";
import { Purchases } from "./purchases.js";
import { Register } from "./register.js";
import { Search } from "./search.js";
import { VerifyNumber } from "./verify.js";
import { WebhookPage } from "./webhook.js";
import { Webhooks } from "./webhooks.js";

const NotFound = () => html`<${Page} title="No such page"><p>The address is not one of the console's. Go on from the <a href="#/overview">overview</a>.</p><//>`;

const LISTS = {
  overview: Overview, numbers: Numbers, inventory: Inventory, drift: Drift, search: Search, purchases: Purchases, "caller-ids": CallerIds, register: Register,
  accounts: Accounts, audit: Audit, events: Events, keys: Keys, allocations: Allocations, webhooks: Webhooks,
};

const ITEMS = { numbers: NumberPage, purchases: PurchasePage, orders: Order, accounts: AccountPage, "caller-ids": CallerId, allocations: Allocation, webhooks: WebhookPage };

export function pageOf({ parts, query }) {
  const [name = "overview", id, ...rest] = parts;
  if (rest.length) return html`<${NotFound} />`;
  if (name === "caller-ids" && id === "new") return html`<${VerifyNumber} query=${query} />`;
  const View = Object.hasOwn(id === undefined ? LISTS : ITEMS, name) ? (id === undefined ? LISTS : ITEMS)[name] : NotFound;
  return html`<${View} id=${id} query=${query} />`;
}
