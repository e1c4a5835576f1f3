/** What can go wrong. Every error of a write has the key to repeat it with. */

import type { Problem, Purchase, Source } from "./openapi";

/** The kinds of problems; later versions may add some. */
export type Kind =
  | "invalid_request" | "unauthenticated" | "credential_refused" | "permission_denied" | "not_found" | "not_available" | "conflict"
  | "verification_required" | "payment_required" | "rate_limited" | "locked" | "unsupported"
  | "upstream_unavailable" | "timeout" | "protocol" | "config" | "internal";

/** Base of all errors of this package. */
export class TrunklineError extends Error {
  constructor(message: string, readonly idempotencyKey?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No answer, after all repetitions. A write may have been carried out: repeat it with `idempotencyKey`. */
export class Unreachable extends TrunklineError {}

/** The outcome of a purchase is not known yet. trunkline goes on asking the carrier: repeat with `idempotencyKey`. */
export class Unsettled extends TrunklineError {
  constructor(readonly purchase: Purchase, idempotencyKey: string) {
    super(`the outcome of ${purchase.id} is not known yet`, idempotencyKey);
  }
}

/** A list leaves out what some accounts hold, because they did not answer. */
export class Incomplete extends TrunklineError {
  constructor(readonly sources: Source[]) {
    super(`not all accounts answered: ${sources.map((it) => `${it.account} (${it.status})`).join(", ")}`);
  }
}

/** The gateway has answered with a problem document. `kind` is for programs, `message` for people. */
export class ApiError extends TrunklineError {
  constructor(readonly status: number, readonly problem: Partial<Problem>, idempotencyKey?: string) {
    super(`${problem.detail ?? `status ${status}`} (${problem.kind}, ${problem.request_id})`, idempotencyKey);
  }

  get kind(): Kind {
    return (this.problem.kind ?? "internal") as Kind;
  }
}
