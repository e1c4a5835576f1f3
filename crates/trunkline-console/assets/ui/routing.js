/** Where calls and messages go: shown in words, and as the fields to change it. */
import { html } from "../lib/html.js";
import { carriers, word } from "../lib/format.js";
import { SelectField, TextField } from "../lib/forms.js";
import { Data, Facts } from "./basic.js";

const TYPES = {
  none: "Nowhere",
  webhook: "Ask a web address (webhook)",
  application: "An application at the carrier",
  sip_endpoint: "A SIP endpoint",
  trunk: "A SIP trunk",
  group: "Groups of people",
  ivr: "A voice menu (IVR)",
  provider: "Something only this carrier has",
};

const WEBHOOK = [
  ["url", "Web address"],
  ["fallback_url", "If that fails, ask"],
  ["status_callback_url", "Tell how it went to"],
];

export function Routing({ routing }) {
  const rows = [["Goes to", TYPES[routing.type] ?? word(routing.type)]];
  if (routing.type === "webhook") {
    for (const [field, name] of WEBHOOK) {
      const method = routing[field.replace("url", "method")];
      if (routing[field]) rows.push([name, html`<span class="mono wrap">${method && `${method} `}${routing[field]}</span>`]);
    }
  } else {
    if (routing.id) rows.push(["Id", html`<span class="mono wrap">${routing.id}</span>`]);
    if (routing.ids) rows.push(["Groups", routing.ids.join(", ")]);
    if (routing.handler) rows.push(["Handler", word(routing.handler)]);
    if (routing.options && Object.keys(routing.options).length) rows.push(["Settings", html`<${Data} value=${routing.options} />`]);
  }
  return html`<${Facts} rows=${rows} />`;
}

/** A routing as the flat values of a form, under `voice` or `messaging`. */
export function routingValues(kind, routing = { type: "none" }) {
  const values = {
    [kind]: routing.type,
    [`${kind}.id`]: routing.id ?? "",
    [`${kind}.ids`]: (routing.ids ?? []).join(", "),
    [`${kind}.handler`]: routing.handler ?? "",
    [`${kind}.options`]: routing.options && Object.keys(routing.options).length ? JSON.stringify(routing.options) : "",
  };
  for (const [field] of WEBHOOK) {
    const method = field.replace("url", "method");
    values[`${kind}.${field}`] = routing[field] ?? "";
    values[`${kind}.${method}`] = routing[method] ?? "POST";
  }
  return values;
}

/** The form's values as what the API takes: every field of the type, `null` for what was emptied. */
export function routingBody(kind, values, { parse }) {
  const type = values[kind];
  const given = (name) => values[`${kind}.${name}`].trim();
  switch (type) {
    case "none": return { type };
    case "webhook": {
      const body = { type };
      for (const [field] of WEBHOOK) {
        const method = field.replace("url", "method");
        body[field] = given(field) || null;
        body[method] = given(field) ? given(method) : null;
      }
      return body;
    }
    case "group": return { type, ids: given("ids").split(",").map((id) => id.trim()).filter(Boolean) };
    case "provider": return { type, handler: given("handler"), options: given("options") ? parse(`${kind}.options`, given("options")) : {} };
    default: return { type, id: given("id") };
  }
}

/** The fields of one kind of routing. */
export function RoutingFields({ form, kind, provider, now, why }) {
  const title = kind === "voice" ? "Calls go to" : "Messages go to";
  if (why) return html`<${SelectField} form=${form} name=${kind} label=${title} wide disabled why=${why} options=${[[form.values[kind], TYPES[form.values[kind]] ?? form.values[kind]]]} />`;
  // Of an unknown carrier everything is offered: the gateway refuses what it can't do.
  const types = carriers.get(provider)?.[kind] ?? Object.keys(TYPES);
  const offered = types.includes(now) ? types : [...types, now];
  const field = (name) => `${kind}.${name}`;
  // No carrier reports the outcome of messages; a URL that is set is shown, so that it can be removed.
  const hooks = WEBHOOK.filter(([name]) => kind === "voice" || name !== "status_callback_url" || form.values[field(name)]);
  return html`<${SelectField} form=${form} name=${kind} label=${title} wide options=${offered.map((type) => [type, TYPES[type] ?? word(type)])} />
    ${form.values[kind] === "webhook" && hooks.map(([name, label]) => html`<div class="pair wide" key=${name}>
      <${TextField} form=${form} name=${field(name)} label=${label} type="url" placeholder="https://" required=${name === "url"} mono />
      <${SelectField} form=${form} name=${field(name.replace("url", "method"))} label="Method" options=${[["POST", "POST"], ["GET", "GET"]]} />
    </div>`)}
    ${["application", "sip_endpoint", "trunk", "ivr"].includes(form.values[kind]) && html`<${TextField} form=${form} name=${field("id")} label="Its id at the carrier" required mono wide />`}
    ${form.values[kind] === "group" && html`<${TextField} form=${form} name=${field("ids")} label="Ids of the groups" hint="Separated by commas." required mono wide />`}
    ${form.values[kind] === "provider" && html`<${TextField} form=${form} name=${field("handler")} label="Handler" hint="The carrier's own name, such as relay_topic." required mono />
      <${TextField} form=${form} name=${field("options")} label="Its settings" hint='JSON, such as {"topic": "office"}.' mono />`}`;
}
