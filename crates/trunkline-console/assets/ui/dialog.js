/** Modal dialogs on the browser's own `dialog`: it keeps the focus inside, and gives it back. */
import { html, useEffect, useId, useRef } from "../lib/html.js";
import { Icon } from "./basic.js";

/**
 * A `calm` one starts at its title: an Enter held too long must not confirm what costs money. A `firm` one
 * is left by its own button alone, for what it shows is shown once.
 */
export function Dialog({ title, onClose, children, wide, calm, firm }) {
  const element = useRef(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current;
    const opener = document.activeElement;
    dialog.showModal();
    // What comes first is where a person starts, not the cross.
    const first = calm ? null : dialog.querySelector("[data-first]") ?? dialog.querySelector("form input:not([disabled]), form select:not([disabled]), form textarea:not([disabled])");
    (first ?? dialog.querySelector("h2")).focus();
    return () => {
      dialog.close();
      if (opener?.isConnected) opener.focus();
    };
  }, []);
  const cancel = (event) => {
    event.preventDefault();
    if (!firm) onClose();
  };
  // A press on the backdrop is one on the dialog itself; what was typed is not lost by a slip.
  const outside = (event) => {
    if (event.target === element.current && !firm && !element.current.querySelector("form")) onClose();
  };
  return html`<dialog ref=${element} class=${wide ? "wide" : undefined} aria-labelledby=${id} closedby=${firm ? "none" : undefined} onCancel=${cancel} onMouseDown=${outside}>
    <div class="dialog-body">
      <div class="dialog-head">
        <h2 id=${id} tabindex="-1">${title}</h2>
        ${!firm && html`<button type="button" class="icon-button" aria-label="Close" onClick=${onClose}><${Icon} name="cross" /></button>`}
      </div>
      ${children}
    </div>
  </dialog>`;
}
