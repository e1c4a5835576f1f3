/** What is held at each account: by the inventory, or counted page by page where an account was never read whole. */
import { useEffect, useState } from "./html.js";
import { Problem, get, isAbort } from "./api.js";
import { sums } from "./format.js";
import { pricesPaid } from "./numbers.js";

/** Pages of 100 that are read of each account; what is beyond them is said to be more. */
const PAGES = 10;

async function count(account, signal) {
  const held = [];
  let cursor = null;
  for (let page = 0; page < PAGES; page += 1) {
    const { data } = await get("/v1/numbers", { account: account.name, limit: 100, cursor }, signal);
    held.push(...data.data);
    const [source] = data.sources;
    if (source?.error && source.status !== "unsupported") return { held, failed: source.error };
    cursor = data.next_cursor;
    if (!cursor) return { held, failed: null };
  }
  return { held, failed: null, more: true };
}

/** What the inventory has of the accounts that were read whole. */
async function remembered(signal) {
  const { groups, sources } = (await get("/v1/inventory/summary", { by: "account" }, signal)).data;
  const held = new Map(groups.map(({ by, ...figures }) => [by.account, figures]));
  const read = sources.filter(({ as_of }) => as_of);
  return new Map(read.map(({ account, error }) => {
    const { count, monthly, prices } = held.get(account) ?? { count: 0, monthly: [], prices: { unknown: 0 } };
    return [account, { count, failed: error, totals: monthly, unpriced: prices.unknown, prices: monthly, page: "inventory" }];
  }));
}

/** Kept for a minute, so that going to and fro does not ask the carriers again. */
const kept = { at: 0, names: "", byAccount: new Map() };

/** By account: `{count, more, totals, unpriced, failed, page}`, as each answers; and `{loading, reload}`. */
export function useHoldings(accounts) {
  const names = accounts?.map(({ name }) => name).join() ?? "";
  const fresh = kept.names === names && Date.now() - kept.at < 60_000;
  const [state, setState] = useState({ byAccount: fresh ? kept.byAccount : new Map(), loading: !fresh });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (!accounts || (turn === 0 && fresh)) return undefined;
    const abort = new AbortController();
    const byAccount = new Map();
    setState({ byAccount, loading: true });
    let paid = null;
    const known = accounts.length === 0 ? new Map() : remembered(abort.signal).catch((error) => {
      if (isAbort(error) || !(error instanceof Problem)) throw error;
      return new Map();
    });
    const all = accounts.map(async (account) => {
      let found = (await known).get(account.name);
      if (found) {
        byAccount.set(account.name, found);
        setState({ byAccount: new Map(byAccount), loading: true });
        return;
      }
      paid ??= pricesPaid(abort.signal);
      try {
        found = await count(account, abort.signal);
      } catch (error) {
        if (isAbort(error) || !(error instanceof Problem)) throw error;
        found = { held: [], failed: error };
      }
      const prices = await paid;
      const monthly = found.held.map((number) => number.monthly_price ?? prices.get(number.id) ?? null);
      byAccount.set(account.name, {
        count: found.held.length, more: Boolean(found.more), failed: found.failed,
        totals: sums(monthly), unpriced: monthly.filter((price) => !price).length, prices: monthly, page: "numbers",
      });
      setState({ byAccount: new Map(byAccount), loading: true });
    });
    Promise.all(all).then(
      () => {
        Object.assign(kept, { at: Date.now(), names, byAccount });
        setState({ byAccount, loading: false });
      },
      (error) => {
        if (!isAbort(error)) throw error;
      },
    );
    return () => abort.abort();
  }, [names, turn]);
  return { ...state, reload: () => setTurn((n) => n + 1) };
}
