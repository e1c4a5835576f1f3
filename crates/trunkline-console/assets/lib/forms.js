/** Forms: values, what is wrong with them beside the field it is about, and one way to send. */
import { html, useEffect, useId, useRef, useState } from "./html.js";
import { Problem } from "./api.js";
import { Icon } from "../ui/basic.js";
import { ProblemBox } from "../ui/problem.js";

/** `prefix` is cut off the fields that the gateway names, for forms that are a part of a body. */
export function useForm(initial, { prefix = "" } = {}) {
  const [values, setValues] = useState(initial);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const element = useRef(null);
  const fields = new Map();
  const named = (field) => (prefix && field.startsWith(prefix) ? field.slice(prefix.length) : field);

  useEffect(() => {
    if (!problem) return;
    const wrong = element.current?.querySelector('[aria-invalid="true"]') ?? element.current?.querySelector(".problem");
    wrong?.focus();
  }, [problem]);

  const set = (name, value) => setValues((before) => ({ ...before, [name]: value }));
  const missing = () =>
    [...fields].filter(([name, { required }]) => required && !String(values[name] ?? "").trim()).map(([field]) => field);
  const submit = (send) => async (event) => {
    event?.preventDefault();
    if (busy) return;
    const empty = missing();
    if (empty.length) {
      const errors = empty.map((field) => ({ field, message: "Please fill this in." }));
      setProblem(new Problem({ kind: "invalid_request", title: "Something is missing", errors }));
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      await send(values);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return {
    values, set, setValues, problem, setProblem, busy, submit, element,
    register: (name, rules) => fields.set(name, rules),
    errorsOf: (name) =>
      (problem?.errors ?? []).filter(({ field }) => named(field) === name).map(({ message }) => sentence(message)),
    isShown: (field) => Boolean(element.current?.querySelector(`[name="${CSS.escape(named(field))}"]`)),
  };
}

const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;

/** What the gateway said, but for what stands beside a field already. */
export function FormProblem({ form }) {
  if (!form.problem) return null;
  const rest = form.problem.errors.filter(({ field }) => !form.isShown(field));
  const all = form.problem.errors.length > 0 && rest.length === 0;
  return html`<${ProblemBox} problem=${form.problem} errors=${rest} atFields=${all} />`;
}

/** A labelled control with its hint and its errors. `children` is the control, given the attributes it needs. */
export function Field({ form, name, label, hint, required, disabled, why, wide, children }) {
  const id = useId();
  form.register(name, { required });
  const errors = form.errorsOf(name);
  const described = [
    hint && `${id}-hint`,
    disabled && why && `${id}-why`,
    errors.length > 0 && `${id}-error`,
  ].filter(Boolean);
  const attributes = {
    id,
    name,
    disabled: disabled || undefined,
    "aria-required": required ? "true" : undefined,
    "aria-invalid": errors.length ? "true" : undefined,
    "aria-describedby": described.join(" ") || undefined,
  };
  return html`<div class=${`field${wide ? " wide" : ""}`}>
    <label for=${id}>${label}${required && html`<span class="required" aria-hidden="true"> *</span>`}</label>
    ${children(attributes)}
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    ${disabled && why && html`<p class="hint why" id=${`${id}-why`}><${Icon} name="lock" />${why}</p>`}
    ${errors.length > 0 && html`<p class="error" id=${`${id}-error`}>${errors.join(" ")}</p>`}
  </div>`;
}

export function TextField({ form, name, type = "text", placeholder, autocomplete = "off", inputmode, mono, ...field }) {
  return html`<${Field} form=${form} name=${name} ...${field}>
    ${(attributes) => html`<input ...${attributes} type=${type} placeholder=${placeholder} autocomplete=${autocomplete}
      inputmode=${inputmode} spellcheck="false" class=${mono ? "mono" : undefined} value=${form.values[name] ?? ""}
      onInput=${(event) => form.set(name, event.currentTarget.value)} />`}
  <//>`;
}

export function TextArea({ form, name, rows = 4, mono, ...field }) {
  return html`<${Field} form=${form} name=${name} ...${field}>
    ${(attributes) => html`<textarea ...${attributes} rows=${rows} spellcheck="false" class=${mono ? "mono" : undefined}
      value=${form.values[name] ?? ""} onInput=${(event) => form.set(name, event.currentTarget.value)} />`}
  <//>`;
}

/** `options` are `[value, text, reason]`; a reason disables the option and stands behind it. */
export function SelectField({ form, name, options, onChange, ...field }) {
  const change = (event) => {
    form.set(name, event.currentTarget.value);
    onChange?.(event.currentTarget.value);
  };
  const chosen = String(form.values[name] ?? "");
  return html`<${Field} form=${form} name=${name} ...${field}>
    ${(attributes) => html`<select ...${attributes} value=${chosen} onChange=${change}>
      ${options.map(([value, text, reason], place) => html`<option key=${`${value}-${place}`} value=${value} disabled=${Boolean(reason)}
        selected=${String(value) === chosen}>${reason ? `${text} (${reason})` : text}</option>`)}
    </select>`}
  <//>`;
}

export function CheckField({ form, name, label, hint, disabled, why, wide }) {
  const id = useId();
  form.register(name, {});
  const errors = form.errorsOf(name);
  const described = [hint && `${id}-hint`, disabled && why && `${id}-why`, errors.length > 0 && `${id}-error`].filter(Boolean);
  return html`<div class=${`check${wide ? " wide" : ""}`}>
    <input type="checkbox" id=${id} name=${name} checked=${Boolean(form.values[name])} disabled=${disabled}
      aria-describedby=${described.join(" ") || undefined} aria-invalid=${errors.length ? "true" : undefined}
      onChange=${(event) => form.set(name, event.currentTarget.checked)} />
    <label for=${id}>${label}</label>
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    ${disabled && why && html`<p class="hint why" id=${`${id}-why`}><${Icon} name="lock" />${why}</p>`}
    ${errors.length > 0 && html`<p class="error" id=${`${id}-error`}>${errors.join(" ")}</p>`}
  </div>`;
}

/** Several of a set, kept as a comma-separated text, as the API takes it. */
export function ChecksField({ form, name, legend, options, hint }) {
  const id = useId();
  form.register(name, {});
  const errors = form.errorsOf(name);
  const chosen = new Set(String(form.values[name] ?? "").split(",").filter(Boolean));
  const toggle = (value) => {
    if (chosen.has(value)) chosen.delete(value);
    else chosen.add(value);
    form.set(name, [...chosen].join(","));
  };
  return html`<fieldset class="field checks" aria-describedby=${errors.length ? `${id}-error` : undefined}>
    <legend>${legend}</legend>
    <div class="row">
      ${options.map(([value, text]) => html`<label key=${value} class="chip">
        <input type="checkbox" name=${name} value=${value} checked=${chosen.has(value)} onChange=${() => toggle(value)} />
        <span>${text}</span>
      </label>`)}
    </div>
    ${hint && html`<p class="hint">${hint}</p>`}
    ${errors.length > 0 && html`<p class="error" id=${`${id}-error`}>${errors.join(" ")}</p>`}
  </fieldset>`;
}

/** The button that sends; it says what is going on while it does. */
export function Submit({ form, children, busy, tone = "primary", disabled, ...rest }) {
  return html`<button type="submit" class=${`button ${tone}`} disabled=${disabled} aria-disabled=${form.busy ? "true" : undefined} ...${rest}>
    ${form.busy && html`<span class="spinner" aria-hidden="true"></span>`}
    ${form.busy ? (busy ?? "Sending…") : children}
  </button>`;
}
