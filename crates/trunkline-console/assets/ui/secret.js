/** A secret that is shown once. */
import { html } from "../lib/html.js";
import { Copy } from "./basic.js";
import { Dialog } from "./dialog.js";

export const Secret = ({ title, secret, what, close }) => html`<${Dialog} title=${title} onClose=${close} firm>
  <p class="notice warn"><strong>Copy it now.</strong> It can't be shown again.</p>
  <p class="secret"><code class="wrap">${secret}</code> <${Copy} text=${secret} what=${what} /></p>
  <div class="form-foot"><button type="button" class="button primary" data-first onClick=${close}>I have copied it</button></div>
<//>`;
