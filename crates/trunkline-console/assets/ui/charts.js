/** Small charts in plain SVG, drawn from samples kept in memory. Each says in words what it shows. */
import { html } from "../lib/html.js";
import { duration, word } from "../lib/format.js";

const WIDTH = 240;
const HEIGHT = 48;

/** The samples' place on the axis: time, not count, so that a pause shows as one. */
function scale(samples) {
  const first = samples[0].at;
  const span = Math.max(samples[samples.length - 1].at - first, 1);
  return (at) => ((at - first) / span) * WIDTH;
}

const span = (samples) => duration(samples[samples.length - 1].at - samples[0].at);

/** Whether there is nothing to draw yet. */
const tooShort = (samples) => samples.length < 2 || samples[samples.length - 1].at - samples[0].at < 1000;

function Frame({ title, value, text, children, from, kind = "" }) {
  return html`<figure class=${`chart ${kind}`}>
    <figcaption><span>${title}</span><strong>${value}</strong></figcaption>
    <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label=${text}>${children}</svg>
    <p class="axis small muted" aria-hidden="true"><span>${from} ago</span><span>now</span></p>
  </figure>`;
}

const Waiting = ({ title }) => html`<figure class="chart">
  <figcaption><span>${title}</span></figcaption><p class="small muted chart-wait">Collecting…</p>
</figure>`;

/** A line under a ceiling. `read` takes `[value, most]` out of a sample. */
export function LineChart({ title, samples, read, unit = "" }) {
  const known = samples.filter((sample) => read(sample)[0] !== null);
  if (tooShort(known)) return html`<${Waiting} title=${title} />`;
  const x = scale(known);
  const top = Math.max(1, ...known.map((sample) => Math.max(...read(sample).map((n) => n ?? 0))));
  const y = (n) => HEIGHT - 3 - (n / top) * (HEIGHT - 6);
  // Steps, for between two samples nothing is known.
  const steps = known.map((sample, n) => `${n ? `H${x(sample.at).toFixed(1)}V` : `M0 `}${y(read(sample)[0]).toFixed(1)}`).join("");
  const [value, most] = read(known[known.length - 1]);
  const values = known.map((sample) => read(sample)[0]);
  const text = `${title}: ${value}${most ? ` of ${most}` : ""}${unit} now, between ${Math.min(...values)} and ${Math.max(...values)} in the last ${span(known)}`;
  return html`<${Frame} title=${title} value=${`${value}${most ? ` / ${most}` : ""}${unit}`} text=${text} from=${span(known)}>
    ${most && html`<line class="ceiling" x1="0" x2=${WIDTH} y1=${y(most)} y2=${y(most)} />`}
    <path class="area" d=${`${steps}H${WIDTH}V${HEIGHT}H0Z`} />
    <path class="line" d=${`${steps}H${WIDTH}`} />
  <//>`;
}

const CLASSES = { closed: "ok", half_open: "warn", open: "bad", ok: "ok", held: "warn", degraded: "warn", down: "bad" };

/** A band of states over time; `words` say what each of them means. */
export function StateChart({ title, samples, read, words = {} }) {
  if (tooShort(samples)) return html`<${Waiting} title=${title} />`;
  const x = scale(samples);
  const parts = [];
  for (const sample of samples) {
    const last = parts[parts.length - 1];
    if (last?.state === read(sample)) continue;
    if (last) last.to = x(sample.at);
    parts.push({ state: read(sample), from: x(sample.at), to: WIDTH });
  }
  const now = parts[parts.length - 1].state;
  const told = parts.length === 1 ? `for the last ${span(samples)}` : `now; ${parts.length - 1} changes in the last ${span(samples)}`;
  return html`<${Frame} title=${title} value=${words[now] ?? word(now)} text=${`${title}: ${words[now] ?? word(now)} ${told}`} from=${span(samples)} kind="states">
    ${parts.map(({ state, from, to }) => html`<rect key=${from} class=${`band ${CLASSES[state] ?? "plain"}`} x=${from} width=${Math.max(to - from, 1)} y="0" height=${HEIGHT}><title>${word(state)}</title></rect>`)}
  <//>`;
}

/** A part of a whole, in percent of exact decimal strings; only the bar's length is rounded. */
export function Gauge({ title, part, whole, text }) {
  const share = Number(whole) > 0 ? Math.min(1, Number(part) / Number(whole)) : 1;
  const tone = share >= 1 ? "bad" : share > 0.8 ? "warn" : "ok";
  return html`<figure class="chart gauge">
    <figcaption><span>${title}</span><strong>${text}</strong></figcaption>
    <svg viewBox=${`0 0 ${WIDTH} 12`} preserveAspectRatio="none" role="img" aria-label=${`${title}: ${text}`}>
      <rect class="track" width=${WIDTH} height="12" /><rect class=${`band ${tone}`} width=${Math.max(share * WIDTH, 2)} height="12" />
    </svg>
  </figure>`;
}
