/** Filters that live in the address: a form that fills them in, and what is chosen as chips that take them out again. */
import { html, useEffect } from "./html.js";
import { go } from "./route.js";
import { useForm } from "./forms.js";
import { Icon } from "../ui/basic.js";

/** `page` is where the filters belong, `names` those there are. */
export function useFilters(page, names, query) {
  const given = Object.fromEntries(names.map((name) => [name, query[name] ?? ""]));
  const form = useForm(given);
  const written = JSON.stringify(given);
  // Back and forward change the address under the form.
  useEffect(() => form.setValues(given), [written]);
  const apply = (values) => go([page], Object.fromEntries(names.map((name) => [name, values[name] === false ? "" : String(values[name] ?? "").trim()])));
  const send = (event) => {
    event.preventDefault();
    form.setProblem(null);
    apply(form.values);
  };
  const drop = (name) => apply({ ...given, [name]: "" });
  return { form, given, send, drop, apply, written, active: names.filter((name) => given[name] !== "") };
}

/** What is filtered by, each with a way out. */
export function ActiveFilters({ filters, labels }) {
  const shown = filters.active.filter((name) => labels[name]);
  if (shown.length === 0) return null;
  return html`<div class="active-filters" role="group" aria-label="Filters in use">
    ${shown.map((name) => html`<button key=${name} type="button" class="chip-button" onClick=${() => filters.drop(name)} aria-label=${`Remove the filter ${labels[name]}: ${filters.given[name]}`} title="Remove">
      <span class="muted">${labels[name]}</span> ${filters.given[name] === "true" ? "" : filters.given[name]} <${Icon} name="cross" /></button>`)}
    <button type="button" class="link-button" onClick=${() => filters.apply({})}>Clear all</button>
  </div>`;
}
