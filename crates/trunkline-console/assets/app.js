/** The console: who is signed in, which page is shown, and the frame around it. */
import { Fragment, html, render, useEffect, useErrorBoundary, useState } from "./lib/html.js";
import { onSignedOut, write } from "./lib/api.js";
import { link, useRoute } from "./lib/route.js";
import { SessionContext, forgetAccounts, learnCarriers, monitorAccounts, notify, onSpoken, useAccounts, useSession, whoAmI } from "./lib/state.js";
import { learnRights } from "./lib/rights.js";
import { Icon, Logo, Page, Spinner } from "./ui/basic.js";
import { ProblemBox } from "./ui/problem.js";
import { pageOf } from "./views/pages.js";
import { Login } from "./views/login.js";

const NAVIGATION = [
  { name: "overview", text: "Overview", route: "GET /v1/session" },
  { name: "numbers", text: "Numbers", route: "GET /v1/numbers" },
  { name: "inventory", text: "Inventory", route: "GET /v1/inventory" },
  { name: "drift", text: "Drift", route: "GET /v1/drift" },
  { name: "search", text: "Find and buy", route: "GET /v1/available-numbers" },
  { name: "purchases", text: "Purchases", route: "GET /v1/purchases" },
  { name: "allocations", text: "Allocations", route: "GET /v1/allocations" },
  { name: "caller-ids", text: "Caller IDs", route: "GET /v1/caller-ids" },
  { name: "register", text: "Register", route: "POST /v1/numbers/register" },
  { name: "accounts", text: "Accounts", route: "GET /v1/accounts" },
  { name: "events", text: "Events", route: "GET /v1/events" },
  { name: "audit", text: "Audit", route: "GET /v1/audit" },
  { name: "webhooks", text: "Webhooks", route: "GET /v1/webhooks" },
  { name: "keys", text: "API keys", route: "GET /v1/keys" },
];

const THEMES = [["auto", "As the system", "auto"], ["light", "Light", "sun"], ["dark", "Dark", "moon"]];

function ThemeSwitch() {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? "auto");
  const choose = (name) => {
    setTheme(name);
    if (name === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    try {
      if (name === "auto") localStorage.removeItem("trunkline.theme");
      else localStorage.setItem("trunkline.theme", name);
    } catch {
      // Not remembered then.
    }
  };
  return html`<div class="theme" role="group" aria-label="Colours">
    ${THEMES.map(([name, text, icon]) => html`<button key=${name} type="button" class="icon-button" aria-pressed=${theme === name ? "true" : "false"}
      aria-label=${text} title=${text} onClick=${() => choose(name)}><${Icon} name=${icon} /></button>`)}
  </div>`;
}

function Navigation({ current, open, close }) {
  const { session, allowed, signOut } = useSession();
  const shown = NAVIGATION.filter(({ route }) => allowed(route));
  return html`<div class=${open ? "side open" : "side"} id="side">
    <nav aria-label="Pages">
      <ul>${shown.map(({ name, text }) => html`<li key=${name}>
        <a href=${link([name])} aria-current=${current === name ? "page" : undefined} onClick=${close}><${Icon} name=${name} />${text}</a>
      </li>`)}</ul>
    </nav>
    <footer class="side-foot">
      ${session.keyless
        ? html`<p class="small muted">A sandbox without API keys: programs on this machine need none until there is one.</p>`
        : html`<p class="small">Signed in as <strong>${session.key?.name ?? "a key"}</strong>${session.tenant !== "default" && html` of ${session.tenant}`}</p>
          <button type="button" class="button small-button" onClick=${signOut}>Sign out</button>`}
      <${ThemeSwitch} />
      <p class="small"><a href="/docs/">API documentation</a></p>
    </footer>
  </div>`;
}

/** Above open dialogs too. */
const onTop = (element) => element?.showPopover();

/** What is said: once in a place that screen readers listen to, and for a while in sight if it was meant so. */
function Speech() {
  const [said, setSaid] = useState("");
  const [notice, setNotice] = useState(null);
  useEffect(() => {
    let timer = null;
    // A hint at what can't be done here is none on the next page.
    const left = () => setNotice((before) => (before?.tone === "warn" ? null : before));
    window.addEventListener("hashchange", left);
    const stop = onSpoken(({ text, tone, shown }) => {
      // The same text twice is two events: a no-break space makes it a change.
      setSaid((before) => (before === text ? `${text}\u00a0` : text));
      if (!shown) return;
      setNotice({ text, tone });
      clearTimeout(timer);
      timer = setTimeout(() => setNotice(null), 8000);
    });
    return () => {
      clearTimeout(timer);
      window.removeEventListener("hashchange", left);
      stop();
    };
  }, []);
  return html`<${Fragment}>
    <div class="visually-hidden" aria-live="polite">${said}</div>
    ${notice && html`<div class=${`toast ${notice.tone}`} popover="manual" role="status" ref=${onTop}>
      <span>${notice.text}</span>
      <button type="button" class="icon-button" aria-label="Dismiss" onClick=${() => setNotice(null)}><${Icon} name="cross" /></button>
    </div>`}
  <//>`;
}

/** A fault in one page must not take the others with it. */
function Guarded({ children }) {
  const [error, reset] = useErrorBoundary((caught) => console.error(caught));
  if (!error) return children;
  return html`<${Page} title="This page broke">
    <p>Something in the console itself went wrong. What you did before is safe with the gateway.</p>
    <pre class="mono wrap">${String(error)}</pre>
    <p><button type="button" class="button" onClick=${reset}>Show it again</button></p>
  <//>`;
}

function Frame() {
  const route = useRoute();
  const [open, setOpen] = useState(false);
  const { problem } = useAccounts();
  const current = route.parts[0] ?? "overview";
  useEffect(() => monitorAccounts(), []);
  useEffect(() => setOpen(false), [route]);
  const skip = (event) => {
    event.preventDefault();
    document.querySelector("main h1")?.focus();
  };
  return html`<${Fragment}>
    <a class="skip" href="#content" onClick=${skip}>Skip to content</a>
    <header class="top">
      <a class="brand" href="#/overview"><${Logo} />trunkline</a>
      <button type="button" class="icon-button menu" aria-expanded=${open ? "true" : "false"} aria-controls="side" aria-label="Menu" onClick=${() => setOpen(!open)}>
        <${Icon} name=${open ? "cross" : "menu"} />
      </button>
    </header>
    <${Navigation} current=${current === "orders" ? "purchases" : current} open=${open} close=${() => setOpen(false)} />
    <main id="content">
      ${problem?.kind === "network" && html`<p class="notice bad gone" role="alert">The gateway does not answer. What is under way there goes on without this page; it comes back by itself.</p>`}
      <${Guarded} key=${route.parts.join("/")}>${pageOf(route)}<//>
    </main>
  <//>`;
}

function App() {
  const [who, setWho] = useState(null);
  const [problem, setProblem] = useState(null);
  const [turn, setTurn] = useState(0);
  const ask = async () => {
    setProblem(null);
    forgetAccounts();
    try {
      const [found] = await Promise.all([whoAmI(), learnRights()]);
      if (found.session) await learnCarriers();
      setWho(found);
    } catch (caught) {
      setProblem(caught);
    }
  };
  useEffect(() => {
    ask();
  }, [turn]);
  useEffect(() => onSignedOut(() => setWho((before) => (before?.session ? { login: true, expired: true } : before))), []);
  const signOut = async () => {
    try {
      await write("DELETE", "/v1/session");
      sessionStorage.clear();
      setWho({ login: true });
    } catch (caught) {
      notify(caught.title, "bad");
    }
  };
  let content = html`<main><${Spinner} text="Loading the console…" /></main>`;
  if (problem) {
    content = html`<main class="alone"><h1>trunkline</h1><${ProblemBox} problem=${problem} onRetry=${() => setTurn(turn + 1)} /></main>`;
  } else if (who?.login) {
    content = html`<${Login} expired=${who.expired} onSignedIn=${() => setTurn(turn + 1)} />`;
  } else if (who) {
    content = html`<${SessionContext.Provider} value=${{ session: who.session, signOut }}><${Frame} /><//>`;
  }
  return html`<${Fragment}>${content}<${Speech} /><//>`;
}

const root = document.getElementById("app");
root.textContent = "";
render(html`<${App} />`, root);
