/** Tables that become cards on a narrow screen. The roles are spelled out: laid out as cards, a table loses its own. */
import { html } from "../lib/html.js";

/** `columns` are `{head, cell, right, primary}`; `keyOf` names a row. */
export function Table({ caption, columns, rows, keyOf, busy }) {
  return html`<div class="table-wrap">
    <table role="table" aria-busy=${busy ? "true" : undefined}>
      <caption class="visually-hidden">${caption}</caption>
      <thead role="rowgroup">
        <tr role="row">${columns.map(({ head, right, hidden }) => html`<th key=${head} role="columnheader" scope="col" class=${right ? "right" : undefined}>
          ${hidden ? html`<span class="visually-hidden">${head}</span>` : head}</th>`)}</tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.map((row) => html`<tr key=${keyOf(row)} role="row">
          ${columns.map(({ head, cell, right, primary, hidden }) => html`<td key=${head} role="cell" data-label=${hidden ? "" : head}
            class=${[right && "right", primary && "primary", hidden && "bare"].filter(Boolean).join(" ") || undefined}>${cell(row)}</td>`)}
        </tr>`)}
      </tbody>
    </table>
  </div>`;
}

/** What stands below a list: how much there is, and how to get more. */
export function More({ pages, noun, nouns = `${noun}s` }) {
  const count = pages.items.length;
  return html`<div class="more">
    <p class="muted" role="status">${pages.loading ? "Loading…" : `${count} ${count === 1 ? noun : nouns}${pages.hasMore ? " so far" : ""}`}</p>
    ${pages.hasMore && html`<button type="button" class="button" aria-disabled=${pages.loading ? "true" : undefined}
      onClick=${() => pages.loading || pages.more()}>Show more</button>`}
  </div>`;
}
