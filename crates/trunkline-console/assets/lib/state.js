/** What all pages share: who is signed in, the accounts and how they have been doing, and what is said aloud. */
import { createContext, useContext, useEffect, useState } from "./html.js";
import { Problem, get, isAbort } from "./api.js";
import { carriers } from "./format.js";
import { SCOPES, scopesOf } from "./rights.js";

/** `{session, signOut}`; see `useSession`. */
export const SessionContext = createContext(null);

/**
 * Who is signed in, and what that allows. A route is written as in the API's document: `POST /v1/numbers/{id}/restore`.
 * `missing(route)` says why it can't be called, or is `null` if it can.
 */
export function useSession() {
  const shared = useContext(SessionContext);
  const lacking = (route) => (shared.session.keyless ? [] : scopesOf(route).filter((scope) => !shared.session.scopes.includes(scope)));
  const allowed = (route) => lacking(route).length === 0;
  const missing = (route) => {
    const [scope] = lacking(route);
    return scope ? `Your key may not ${SCOPES[scope] ?? scope} (it lacks the scope ${scope}).` : null;
  };
  return { ...shared, allowed, missing };
}

/** Who is asking: `{session}`, or `{login: true}` where a key is needed. */
export async function whoAmI() {
  try {
    return { session: (await get("/v1/session")).data };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) return { login: true };
    // A gateway without sessions has no keys either.
    if (error.status === 404) return { session: { keyless: true, key: null, tenant: "default", scopes: [], accounts: null } };
    throw error;
  }
}

/** Learns what the gateway says of each carrier. A key that may not read it sees the carriers' names in the configuration. */
export async function learnCarriers() {
  try {
    const { data } = await get("/v1/providers");
    for (const carrier of data.data) carriers.set(carrier.name, carrier);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}

/** How many samples the charts keep: five minutes at the slower pace. */
const SAMPLES = 150;

const monitor = { accounts: null, problem: null, history: new Map(), at: null, pace: 5000 };
const watchers = new Set();

/** Forgets what was seen: the next one to sign in may see other accounts. */
export function forgetAccounts() {
  Object.assign(monitor, { accounts: null, problem: null, history: new Map(), at: null });
}

function note(accounts) {
  const at = Date.now();
  for (const { name, health, limits } of accounts) {
    const samples = monitor.history.get(name) ?? [];
    samples.push({
      at,
      inFlight: health.in_flight,
      concurrency: limits.concurrency,
      remaining: limits.remaining,
      burst: limits.burst ?? limits.per_second,
      breaker: health.breaker,
      status: health.status,
    });
    monitor.history.set(name, samples.slice(-SAMPLES));
  }
}

/** Reads the accounts once, and updates the pages that show them. */
export async function refreshAccounts() {
  try {
    const { data } = await get("/v1/accounts");
    note(data.data);
    Object.assign(monitor, { accounts: data.data, problem: null, at: Date.now() });
  } catch (error) {
    if (isAbort(error) || !(error instanceof Problem)) throw error;
    monitor.problem = error;
    // A key that may not see them is not kept waiting for them.
    if (error.status === 403) monitor.accounts = [];
  }
  watchers.forEach((watcher) => watcher({}));
}

/** Keeps asking while the page is looked at. Returns how to stop. */
export function monitorAccounts() {
  let timer = null;
  const tick = async () => {
    if (document.visibilityState === "visible") await refreshAccounts();
    timer = setTimeout(tick, monitor.pace);
  };
  tick();
  return () => clearTimeout(timer);
}

/** The accounts as last seen: `{accounts, problem, history}`; `accounts` is `null` until the first answer. */
export function useAccounts({ pace } = {}) {
  const [, changed] = useState({});
  useEffect(() => {
    watchers.add(changed);
    return () => watchers.delete(changed);
  }, []);
  useEffect(() => {
    if (!pace) return undefined;
    const before = monitor.pace;
    monitor.pace = pace;
    refreshAccounts();
    return () => {
      monitor.pace = before;
    };
  }, [pace]);
  const named = (name) => monitor.accounts?.find((account) => account.name === name) ?? null;
  return { ...monitor, named };
}

/** Whether an account's carrier has an operation. */
export const can = (account, operation) => account?.capability.operations.includes(operation) ?? false;

const speakers = new Set();

/** Says something to screen readers, without moving the focus. */
export function announce(text) {
  speakers.forEach((speak) => speak({ text }));
}

/** Shows a short notice, which is announced too. */
export function notify(text, tone = "ok") {
  speakers.forEach((speak) => speak({ text, tone, shown: true }));
}

export function onSpoken(speak) {
  speakers.add(speak);
  return () => speakers.delete(speak);
}

/**
 * Loads something and loads it again when `deps` change: `{data, problem, loading, reload}`. What was there stays while
 * it is loaded again.
 */
export function useLoad(load, deps) {
  const [state, setState] = useState({ data: null, problem: null, loading: true });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    load(abort.signal).then(
      (data) => setState({ data, problem: null, loading: false }),
      (problem) => {
        if (isAbort(problem)) return;
        if (!(problem instanceof Problem)) throw problem;
        setState((before) => ({ data: before.data, problem, loading: false }));
      },
    );
    return () => abort.abort();
  }, [...deps, turn]);
  const put = (data) => setState({ data, problem: null, loading: false });
  return { ...state, put, reload: () => setTurn((n) => n + 1) };
}

/** Calls `tick` every `ms` milliseconds, each time after the last is done, while `active` and until the page is left. */
export function usePoll(tick, ms, active) {
  useEffect(() => {
    if (!active) return undefined;
    let stopped = false;
    let timer = setTimeout(async function again() {
      await tick();
      if (!stopped) timer = setTimeout(again, ms);
    }, ms);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [active, ms]);
}

/** A list in pages: what is there so far, and `more()` while the gateway has a next page. */
export function usePages(fetchPage, deps) {
  const [state, setState] = useState({ items: [], page: null, problem: null, loading: true });
  const [turn, setTurn] = useState(0);
  const [controller, setController] = useState(null);
  const ask = async (cursor, before, signal) => {
    setState((now) => ({ ...now, loading: true, problem: null }));
    try {
      const { data: page } = await fetchPage(cursor, signal);
      setState({ items: [...before, ...page.data], page, problem: null, loading: false });
      return page;
    } catch (problem) {
      if (isAbort(problem)) return null;
      if (!(problem instanceof Problem)) throw problem;
      setState({ items: before, page: null, problem, loading: false });
      return null;
    }
  };
  useEffect(() => {
    const abort = new AbortController();
    setController(abort);
    ask(null, [], abort.signal);
    return () => abort.abort();
  }, [...deps, turn]);
  const more = () => ask(state.page.next_cursor, state.items, controller.signal);
  // Without a word, and only while there is one page: what was paged to is not taken away.
  const renew = async () => {
    try {
      const { data: page } = await fetchPage(null, controller.signal);
      setState((now) => (now.loading || now.items.length > page.data.length ? now : { items: page.data, page, problem: null, loading: false }));
    } catch (problem) {
      // The next turn may go better.
      if (!isAbort(problem) && !(problem instanceof Problem)) throw problem;
    }
  };
  return { ...state, more, renew, hasMore: Boolean(state.page?.next_cursor), reload: () => setTurn((n) => n + 1) };
}
