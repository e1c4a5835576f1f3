/**
 * Orders that were confirmed in this tab. An order is kept with its key before it is sent: whoever reloads the page, or
 * tries again, repeats the same order under the same key, which buys nothing twice.
 */
const STORE = "trunkline.orders";

function all() {
  try {
    return JSON.parse(sessionStorage.getItem(STORE) ?? "{}");
  } catch {
    return {};
  }
}

/** Keeps an order. Throws where nothing can be kept: then nothing may be sent either. */
export function keepOrder(order) {
  sessionStorage.setItem(STORE, JSON.stringify({ ...all(), [order.key]: order }));
}

export const findOrder = (key) => (Object.hasOwn(all(), key) ? all()[key] : null);

/** Whose order it is: another key in the same tab must not send it. */
export const signature = (session) => `${session.tenant}/${session.key?.id ?? "keyless"}`;
