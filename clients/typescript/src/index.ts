/** Client of trunkline. `Trunkline` is the client, `api` the operations and types that are generated from the API's own description. */

export { Trunkline, type Options, type Order } from "./client";
export { ApiError, Incomplete, TrunklineError, Unreachable, Unsettled, type Kind } from "./errors";
export { InvalidWebhook, verifyWebhook } from "./webhooks";
export * as api from "./openapi";
