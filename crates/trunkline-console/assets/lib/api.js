/**
 * Calls of the gateway's public API. The console has no route of its own: what it can do, every client can.
 *
 * A call answers `{status, data, headers}` or throws a `Problem`.
 */

/** Why a call failed: the gateway's problem document, or the same shape for what never reached the gateway. */
export class Problem extends Error {
  constructor(document) {
    super(document.detail || document.title || "failed");
    this.document = document;
    this.status = document.status ?? 0;
    this.kind = document.kind ?? "internal";
    this.title = document.title ?? "Something went wrong";
    this.detail = document.detail ?? "";
    this.account = document.account ?? null;
    this.provider = document.provider ?? null;
    this.providerCode = document.provider_code ?? null;
    this.providerMessage = document.provider_message ?? null;
    this.providerRequestId = document.provider_request_id ?? null;
    this.retryAfter = document.retry_after ?? null;
    this.requestId = document.request_id ?? null;
    this.purchaseId = document.purchase_id ?? null;
    this.ids = document.ids ?? [];
    this.errors = document.errors ?? [];
  }
}

/** Whether a call was given up by ourselves, because its answer is no longer wanted. */
export const isAbort = (error) => error?.name === "AbortError";

const listeners = new Set();

/** Calls `listener` when a call is refused because it has no key. Returns a function that stops it. */
export function onSignedOut(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A key that makes a write repeatable. Not `randomUUID`, which plain http away from loopback does not have. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `console-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function queryOf(query) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") params.set(name, value);
  }
  const text = params.toString();
  return text ? `?${text}` : "";
}

async function problemOf(response) {
  const text = await response.text();
  try {
    const document = JSON.parse(text);
    if (document && typeof document === "object" && document.kind) return new Problem(document);
  } catch {
    // Not ours: a proxy in between, perhaps. Said below.
  }
  return unexpected(response);
}

const unexpected = (response) =>
  new Problem({
    status: response.status,
    kind: "protocol",
    title: `Unexpected answer (${response.status})`,
    detail: "What answered is not the gateway: a proxy in between, or the gateway is restarting.",
    request_id: response.headers.get("x-request-id"),
  });

async function send(method, path, { query, body, headers, signal } = {}) {
  const init = { method, headers: { Accept: "application/json", ...headers }, signal, cache: "no-store" };
  if (body !== undefined) {
    init.headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(`${path}${queryOf(query)}`, init);
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Problem({
      kind: "network",
      title: "The gateway can't be reached",
      detail: "The connection failed before an answer came. Is trunkline running, and are you on its network?",
    });
  }
  if (!response.ok) {
    const problem = await problemOf(response);
    if (problem.status === 401 && !path.startsWith("/v1/session")) listeners.forEach((listener) => listener());
    throw problem;
  }
  return response;
}

async function read(response) {
  const text = await response.text();
  try {
    return { status: response.status, data: text ? JSON.parse(text) : null, headers: response.headers };
  } catch {
    throw unexpected(response);
  }
}

/** Reads. */
export async function get(path, query, signal) {
  return read(await send("GET", path, { query, signal }));
}

/** Reads a list as CSV, whole, and lets the browser keep it under this name. */
export async function download(path, query, name) {
  const response = await send("GET", path, { query, headers: { Accept: "text/csv" } });
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(await response.blob());
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60_000);
}

/** Writes. `key` makes it repeatable; `wait` is how many seconds a purchase may keep us waiting. */
export async function write(method, path, body, { key, wait, query } = {}) {
  const headers = {};
  if (key) headers["Idempotency-Key"] = key;
  if (wait !== undefined) headers.Prefer = `wait=${wait}`;
  return read(await send(method, path, { body, headers, query }));
}

/**
 * Reads a list as a stream. `onItem` gets each item the moment it arrives; the promise is the last line, which says what
 * each account contributed. A stream without it was cut, which is a `Problem`.
 */
export async function stream(path, query, { onItems, signal }) {
  const response = await send("GET", path, { query, signal, headers: { Accept: "application/x-ndjson" } });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let last = null;
  for (;;) {
    const { value, done } = await reader.read().catch((error) => {
      if (isAbort(error)) throw error;
      return { done: true };
    });
    const lines = (rest + (value ?? "")).split("\n");
    rest = done ? "" : lines.pop();
    const items = [];
    for (const line of lines.filter(Boolean)) {
      try {
        const item = JSON.parse(line);
        if (Array.isArray(item.sources)) last = item;
        else items.push(item);
      } catch {
        // Half a line is the end of a stream that was cut: told below, for its last line is missing.
      }
    }
    if (items.length) onItems(items);
    if (done) break;
  }
  if (last) return last;
  throw new Problem({
    kind: "network",
    title: "The answer was cut off",
    detail: "The connection ended before every carrier had answered. What came is shown; search again for the rest.",
    request_id: response.headers.get("x-request-id"),
  });
}

/** The path of something below `/v1`, each part escaped. */
export const path = (...parts) => `/v1/${parts.map(encodeURIComponent).join("/")}`;
