/** What each route asks for, from the one place that knows it: the document of the gateway's API. */

/** The scopes in words that follow "may". */
export const SCOPES = {
  "numbers:read": "see numbers",
  "numbers:write": "change numbers",
  "numbers:purchase": "buy numbers",
  "numbers:release": "release numbers",
  "caller_ids:read": "see caller IDs",
  "caller_ids:write": "change caller IDs",
  admin: "administer",
};

const routes = new Map();

/** Reads the document, which the browser keeps while it stays the same. */
export async function learnRights() {
  try {
    const response = await fetch("/openapi.json");
    const { paths } = await response.json();
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { security = [] }] of Object.entries(methods)) {
        const scopes = security.flatMap((way) => Object.values(way).flat());
        routes.set(`${method.toUpperCase()} ${path}`, [...new Set(scopes)]);
      }
    }
  } catch {
    // Without the document nothing is locked here; the gateway refuses what a key may not do.
  }
}

/** The scopes that a route asks for. */
export const scopesOf = (route) => routes.get(route) ?? [];

/** Every scope there is, those in `SCOPES` first. */
export const allScopes = () => [...new Set([...Object.keys(SCOPES), ...[...routes.values()].flat()])];
