/** Values as people read them. Money stays a decimal string: it never passes through a floating-point number. */

/** The carriers that the gateway knows, by provider name: what `GET /v1/providers` says of each. */
export const carriers = new Map();

export const providerName = (provider) => carriers.get(provider)?.label ?? provider;

const WORDS = {
  toll_free: "toll-free",
  shared_cost: "shared cost",
  voip: "VoIP",
  machine_to_machine: "machine to machine",
  rate_limited: "asked us to wait",
  half_open: "half open",
};

/** A word of the API as a person would say it. */
export const word = (text) => WORDS[text] ?? String(text ?? "").replaceAll("_", " ");

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

const regions = new Intl.DisplayNames(undefined, { type: "region", fallback: "code" });

export function countryName(code) {
  if (!code) return "";
  try {
    return regions.of(code) ?? code;
  } catch {
    return code;
  }
}

/** Country codes to choose from, those asked for most first, then by name. */
export function countries() {
  const codes =
    "AE AF AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BJ BN BO BR BS BW BY BZ CD CG CH CI CL CM CN CO CR CV CY CZ DE DK DO DZ EC EE EG ES ET FI FJ FR GA GE GH GI GN GR GT GU GY HK HN HR HT HU ID IE IL IN IQ IS IT JM JO JP KE KG KH KR KW KY KZ LA LB LK LR LT LU LV LY MA MD ME MG MK ML MN MO MT MU MV MW MX MY MZ NA NE NG NI NL NO NP NZ OM PA PE PH PK PL PR PS PT PY QA RO RS RU RW SA SE SG SI SK SL SN SV TG TH TJ TN TR TT TW TZ UA UG UY UZ VE VN YE ZA ZM ZW";
  const named = codes.split(" ").map((code) => [code, countryName(code)]);
  named.sort((a, b) => a[1].localeCompare(b[1]));
  const first = ["US", "CA", "GB"];
  return [...first.map((code) => [code, countryName(code)]), ...named.filter(([code]) => !first.includes(code))];
}

/** An amount in the reader's notation, with every digit that it has. */
export function money(value) {
  if (!value) return "";
  const digits = Math.max(2, (value.amount.split(".")[1] ?? "").length);
  try {
    return new Intl.NumberFormat(undefined, {
      style: "currency",
      currency: value.currency,
      minimumFractionDigits: 2,
      maximumFractionDigits: Math.min(digits, 20),
    }).format(value.amount);
  } catch {
    return `${value.amount} ${value.currency}`;
  }
}

/** Two decimal strings as whole numbers of the same unit, and how many digits are behind the point. */
function aligned(a, b) {
  const [wholeA, partA = ""] = a.split(".");
  const [wholeB, partB = ""] = b.split(".");
  const digits = Math.max(partA.length, partB.length);
  return [BigInt(wholeA + partA.padEnd(digits, "0")), BigInt(wholeB + partB.padEnd(digits, "0")), digits];
}

/** Compares two decimal strings, exactly. */
export function compareDecimals(a, b) {
  const [x, y] = aligned(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

function addDecimals(a, b) {
  const [x, y, digits] = aligned(a, b);
  const text = String(x + y).padStart(digits + 1, "0");
  return digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text;
}

/** The sums of prices, one for each currency; unknown prices are left out. */
export function sums(prices) {
  const totals = new Map();
  for (const { amount, currency } of prices.filter(Boolean)) totals.set(currency, addDecimals(totals.get(currency) ?? "0", amount));
  return [...totals].sort().map(([currency, amount]) => ({ amount, currency }));
}

/** Compares prices; unknown ones come last, and currencies are kept apart. */
export function comparePrices(a, b) {
  if (!a || !b) return a ? -1 : b ? 1 : 0;
  return a.currency.localeCompare(b.currency) || compareDecimals(a.amount, b.amount);
}

const when = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** In the reader's own zone. */
export const localTime = (iso) => when.format(new Date(iso));
export const localDay = (iso) => day.format(new Date(iso));

const STEPS = [["minute", 60], ["hour", 24], ["day", 7]];

/** How long ago, or how soon, for a week; then the day. */
export function ago(iso) {
  let distance = (Date.parse(iso) - Date.now()) / 1000;
  if (Math.abs(distance) < 60) return distance > 5 ? "in a moment" : "just now";
  distance /= 60;
  for (const [unit, next] of STEPS) {
    if (Math.abs(Math.round(distance)) < next) return relative.format(Math.round(distance), unit);
    distance /= next;
  }
  return localDay(iso);
}

/** The same moment for support: UTC. */
export const utcTime = (iso) => `${new Date(iso).toISOString().replace("T", " ").replace(/\.\d+Z$/, "")} UTC`;
export const utcClock = (iso) => utcTime(iso).slice("2026-01-01 ".length);

export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

const FEATURES = { voice: "Voice", sms: "SMS", mms: "MMS", fax: "Fax", emergency: "Emergency" };

/** What a number can do, as `[name, text]`. */
export const featuresOf = (features) =>
  Object.entries(FEATURES).filter(([name]) => features?.[name]);

export const FEATURE_NAMES = Object.entries(FEATURES);

/** Where a number is, in one line. */
export function place(location, country) {
  const parts = [location?.locality ?? location?.name ?? location?.rate_center, location?.region, countryName(country)];
  return parts.filter(Boolean).join(", ");
}

/** The label, unless it only says the number again, as some carriers do by themselves. */
export function ownLabel(number) {
  const digits = (text) => (text ?? "").replace(/\D/g, "");
  const same = /^[\d\s()+.-]*$/.test(number.label ?? "") && digits(number.number).endsWith(digits(number.label));
  return same ? null : number.label;
}

/** What a row is called when there is no label: its number, or its extension. */
export const shownNumber = (number) => number.display_number || number.number || `Extension ${number.extension}`;

export const NUMBER_TYPES = ["local", "mobile", "toll_free", "national", "shared_cost", "voip"];

/** The addresses that a purchase can need, in words. */
export const ADDRESSES = {
  any: "an address on file",
  local: "an address in the area",
  foreign: "an address outside the country",
};
