/** What is held, read from all accounts side by side: a slow carrier delays nobody, and no account hides another. */
import { useEffect, useState } from "./html.js";
import { Problem, get, isAbort } from "./api.js";

/** The prices of what was bought here, by the number's id: few carriers name a price for what is held. At most 1 000. */
export async function pricesPaid(signal) {
  const prices = new Map();
  let cursor = null;
  try {
    for (let page = 0; page < 10; page += 1) {
      const { data } = await get("/v1/purchases", { state: "succeeded", limit: 100, cursor }, signal);
      for (const { number_id: id, price } of data.data) if (price && !prices.has(id)) prices.set(id, price);
      cursor = data.next_cursor;
      if (!cursor) break;
    }
  } catch (error) {
    if (isAbort(error) || !(error instanceof Problem)) throw error;
    // The list is worth showing without them.
  }
  return prices;
}

/** The next page of one account, added to what is known of it. */
async function turn(part, filters, signal) {
  const { data: page } = await get("/v1/numbers", { ...filters, account: part.account, cursor: part.cursor }, signal);
  const [source] = page.sources;
  return { ...part, items: [...part.items, ...page.data], cursor: page.next_cursor, source: { ...part.source, ...source, count: part.items.length + page.data.length } };
}

/**
 * The numbers of these accounts: `{items, sources, problem, loading, hasMore, more, reload}`. `accounts` is `null` until
 * they are known.
 */
export function useNumbers(accounts, filters, written) {
  const [parts, setParts] = useState({});
  const [prices, setPrices] = useState(new Map());
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(true);
  const [again, setAgain] = useState(0);
  const [controller, setController] = useState(null);
  const known = accounts?.map(({ name }) => name).join();
  const read = async (list, signal) => {
    setBusy(true);
    await Promise.all(list.map(async (part) => {
      try {
        const next = await turn(part, filters, signal);
        setParts((now) => ({ ...now, [part.account]: next }));
      } catch (error) {
        if (isAbort(error)) return;
        if (!(error instanceof Problem)) throw error;
        // What is wrong with the question is wrong at every account.
        if (error.kind === "invalid_request") setProblem(error);
        const failed = { ...part.source, status: "error", error: { detail: error.detail || error.title } };
        setParts((now) => ({ ...now, [part.account]: { ...part, cursor: null, source: failed } }));
      }
    }));
    if (!signal.aborted) setBusy(false);
  };
  useEffect(() => {
    if (!accounts) return undefined;
    const abort = new AbortController();
    setController(abort);
    setProblem(null);
    const list = accounts.map(({ name, provider }) => ({
      account: name, items: [], cursor: null, source: { account: name, provider, status: "waiting", count: 0 },
    }));
    setParts(Object.fromEntries(list.map((part) => [part.account, part])));
    read(list, abort.signal);
    pricesPaid(abort.signal).then(setPrices, (error) => {
      if (!isAbort(error)) throw error;
    });
    return () => abort.abort();
  }, [known, written, again]);
  const all = Object.values(parts);
  const more = all.filter(({ cursor }) => cursor);
  const items = problem ? [] : all.flatMap((part) => part.items);
  return {
    items: items.map((number) => (number.monthly_price ? number : { ...number, monthly_price: prices.get(number.id) ?? null })),
    sources: all.map(({ source }) => source),
    problem,
    loading: busy,
    hasMore: more.length > 0,
    page: all.length > 0,
    more: () => read(more, controller.signal),
    reload: () => setAgain((n) => n + 1),
  };
}
