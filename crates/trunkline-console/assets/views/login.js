/** Signing in with an API key. The key goes to the gateway once; from then on an http-only cookie stands for it. */
import { html } from "../lib/html.js";
import { Problem, write } from "../lib/api.js";
import { FormProblem, Submit, TextField, useForm } from "../lib/forms.js";
import { Logo } from "../ui/basic.js";

export function Login({ expired, onSignedIn }) {
  const form = useForm({ key: "" });
  const send = form.submit(async ({ key }) => {
    try {
      await write("POST", "/v1/session", { key: key.trim() });
    } catch (problem) {
      if (!(problem instanceof Problem) || ![401, 403].includes(problem.status)) throw problem;
      problem.errors = [{ field: "key", message: "This key is not valid: mistyped, expired or revoked" }];
      throw problem;
    }
    onSignedIn();
  });
  return html`<main class="alone">
    <div class="card login">
      <p class="brand"><${Logo} />trunkline</p>
      <h1>Sign in</h1>
      ${expired && html`<p class="notice warn" role="status">Your session has ended. Sign in again to go on where you were.</p>`}
      <form ref=${form.element} onSubmit=${send} noValidate>
        <${FormProblem} form=${form} />
        <${TextField} form=${form} name="key" label="API key" type="password" autocomplete="current-password" required mono
          hint="It begins with tl_. Whoever runs the gateway makes one with “trunkline keys create”." />
        <${Submit} form=${form} busy="Signing in…">Sign in<//>
      </form>
      <p class="small"><a href="/docs/">API documentation</a></p>
    </div>
  </main>`;
}
