/** The client. */

import { ApiError, Incomplete, TrunklineError, Unsettled } from "./errors";
import * as api from "./openapi";
import { createClient, type Client } from "./openapi/client";
import { KEY, requestedWait, retrying, sleep } from "./retry";

/** The statuses of an account that has not answered: what it holds is missing in the list. */
const MISSING = new Set<string>(["error", "timeout", "rate_limited"]);

export interface Options {
  /** The gateway; default the environment's TRUNKLINE_URL. */
  url?: string;
  /** The API key; default the environment's TRUNKLINE_KEY. */
  key?: string;
  /** Longest time of one attempt, in milliseconds; default 90 000. */
  timeout?: number;
  /** Longest waiting of one call, in milliseconds; default 60 000. */
  patience?: number;
  /** For proxies and tests. */
  fetch?: typeof fetch;
}

/** What to buy: an offer, an account and a number, or criteria; and settings. */
export type Order = api.PurchaseRequest & {
  /** The order's key, if you can keep it: a later call with it buys nothing more. */
  key?: string;
  /** Longest time to wait for the outcome, in milliseconds; default 60 000. */
  wait?: number;
};

interface Answer<T> {
  data?: T;
  error?: unknown;
  request?: Request;
  response?: Response;
}

type Operation<O, T> = (options: O & { client: Client }) => Promise<Answer<T>>;

interface Page {
  data: unknown[];
  next_cursor?: string | null;
  sources?: api.Source[];
}

/** The rows of a page. Streams are text, and have none. */
type Row<T> = Extract<T, Page>["data"][number];

/** A client of one gateway. */
export class Trunkline {
  /** What the generated operations take as `client`. */
  readonly client: Client;

  constructor(options: Options = {}) {
    const env = globalThis.process?.env ?? {};
    const key = options.key ?? env.TRUNKLINE_KEY;
    const { patience = 60_000, timeout = 90_000 } = options;
    this.client = createClient({
      baseUrl: options.url ?? env.TRUNKLINE_URL ?? "http://127.0.0.1:8080",
      fetch: retrying(options.fetch ?? globalThis.fetch, patience, timeout),
      ...(key ? { headers: { Authorization: `Bearer ${key}` } } : {}),
    });
  }

  /** Calls a generated operation, such as `api.getNumber`. Throws `ApiError` for a problem, `Unreachable` without an answer. */
  async call<O extends object, T>(operation: Operation<O, T>, options: O): Promise<T> {
    return (await this.answer(operation, options)).data as T;
  }

  private async answer<O extends object, T>(operation: Operation<O, T>, options: O): Promise<Answer<T>> {
    const answer = await operation({ ...options, client: this.client });
    if (answer.response?.ok) {
      return answer;
    }
    // What is thrown below the generated code comes back as its error.
    if (answer.error instanceof TrunklineError || !answer.response) {
      throw answer.error;
    }
    const problem = typeof answer.error === "object" && answer.error ? answer.error : {};
    throw new ApiError(answer.response.status, problem, answer.request?.headers.get(KEY) ?? undefined);
  }

  /**
   * Iterates over all rows of a list, page by page, such as `api.listPurchases`. Ends with `Incomplete` if an account did
   * not answer, unless `partial` is true.
   */
  async *pages<Q extends object, T>(
    operation: Operation<{ query?: Q }, T>,
    query: Q & { partial?: boolean } = {} as Q,
  ): AsyncGenerator<Row<T>> {
    const { partial, ...filters } = query;
    let cursor: string | null | undefined;
    do {
      const asked = { ...filters, ...(cursor ? { cursor } : {}) } as unknown as Q;
      const page = (await this.call(operation, { query: asked })) as unknown as Page;
      yield* page.data as Row<T>[];
      cursor = page.next_cursor;
      const failed = (page.sources ?? []).filter((source) => MISSING.has(source.status));
      // The next page asks an account again that has failed: give up when that brings nothing.
      if (failed.length && !(page.data.length && cursor)) {
        if (partial) {
          return;
        }
        throw new Incomplete(failed);
      }
    } while (cursor);
  }

  /** Numbers for sale at every account. */
  async search(query: api.SearchData["query"]): Promise<api.AvailableNumber[]> {
    const found = await this.call(api.search, { query });
    return (found as api.ListAvailableNumber).data;
  }

  /** Buys a number exactly once. Waits for the outcome, then throws `Unsettled`. */
  async buy({ key = crypto.randomUUID(), wait = 60_000, ...body }: Order): Promise<api.PurchaseResult> {
    const end = Date.now() + wait;
    for (;;) {
      const left = Math.max(0, Math.min(60, Math.floor((end - Date.now()) / 1_000)));
      const headers = { "Idempotency-Key": key, Prefer: `wait=${left}` };
      const { data, response } = await this.answer(api.purchase, { body, headers });
      const result = data as api.PurchaseResult;
      if (response?.status !== 202) {
        return result;
      }
      const pause = requestedWait(response) ?? 1_000;
      if (Date.now() + pause >= end) {
        throw new Unsettled(result.purchase, key);
      }
      await sleep(pause);
    }
  }

  /** All numbers you hold. */
  numbers(query: api.ListNumbersData["query"] & { partial?: boolean } = {}): AsyncGenerator<api.Number> {
    return this.pages(api.listNumbers, query) as AsyncGenerator<api.Number>;
  }

  /** All purchases, newest first. */
  purchases(query: api.ListPurchasesData["query"] = {}): AsyncGenerator<api.Purchase> {
    return this.pages(api.listPurchases, query) as AsyncGenerator<api.Purchase>;
  }

  /** A number by its id, or by the number itself. */
  number(id: string): Promise<api.Number> {
    return this.call(api.getNumber, { path: { id } }) as Promise<api.Number>;
  }

  /** Changes a number. `null` empties a field. */
  update(id: string, body: api.NumberPatch): Promise<api.Number> {
    return this.call(api.updateNumber, { path: { id }, body }) as Promise<api.Number>;
  }

  /** Releases a number: at once, or after the account's grace period. */
  async release(id: string): Promise<void> {
    await this.call(api.releaseNumber, { path: { id } });
  }

  /** The events that there are by now, oldest first. Later continue after the last one: `after: event.id`. */
  async *events(query: api.ListEventsData["query"] = {}): AsyncGenerator<api.Event> {
    for (;;) {
      const page = (await this.call(api.listEvents, { query })) as api.ListEvent;
      yield* page.data;
      if (!page.data.length || !page.next_cursor) {
        return;
      }
      query = { ...query, after: page.next_cursor };
    }
  }
}
