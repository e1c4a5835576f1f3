/** Repeats what may be repeated, and gives every write the key that makes it so. */

import { Unreachable } from "./errors";

export const KEY = "Idempotency-Key";
const READS = new Set(["GET", "HEAD", "OPTIONS"]);
/** Try again later: too many requests, not available now, no answer in time. */
const TRANSIENT = new Set([429, 503, 504]);
/** Longest pause between two attempts that the gateway has not asked for, in milliseconds. */
const LONGEST = 8_000;

export const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Milliseconds that the gateway asks to wait before the next attempt. */
export function requestedWait(response: Response): number | undefined {
  const wait = Number(response.headers.get("Retry-After") ?? NaN);
  return Number.isFinite(wait) ? Math.max(0, wait * 1_000) : undefined;
}

/**
 * A `fetch` that sends a request again after a lost answer, and when the gateway asks for it, for `patience` milliseconds
 * in total. A write without an `Idempotency-Key` gets a new one. All attempts have the same key: the work is done once.
 */
export function retrying(send: typeof fetch, patience: number, timeout: number, pausing = sleep): typeof fetch {
  return async (input, init) => {
    const request = input instanceof Request && !init ? input : new Request(input, init);
    if (!READS.has(request.method) && !request.headers.has(KEY)) {
      request.headers.set(KEY, crypto.randomUUID());
    }
    let left = patience;
    let pause = 250;
    for (;;) {
      let wait: number | undefined;
      try {
        const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeout)]);
        const response = await send(request.clone(), { signal });
        wait = requestedWait(response);
        const again = TRANSIENT.has(response.status) || (!response.ok && wait !== undefined);
        if (!again || (wait ?? pause) > left) {
          return response;
        }
        await response.body?.cancel();
      } catch (error) {
        if (request.signal.aborted) {
          throw error;
        }
        if (pause > left) {
          throw new Unreachable(`no answer: ${error}`, request.headers.get(KEY) ?? undefined, { cause: error });
        }
      }
      if (wait === undefined) {
        wait = pause * (0.5 + Math.random() / 2);
        pause = Math.min(pause * 2, LONGEST);
      }
      left -= Math.max(wait, 50);
      await pausing(wait);
    }
  };
}
