const formats = new Map<string, Intl.NumberFormat>();

function moneyFormat(currency: string): Intl.NumberFormat {
  const known = formats.get(currency) ?? new Intl.NumberFormat("en-US", { style: "currency", currency });
  formats.set(currency, known);
  return known;
}

/** How many minor units make one unit: 100 for USD, 1 for JPY. */
export const minorUnits = (currency: string): number =>
  10 ** (moneyFormat(currency).resolvedOptions().maximumFractionDigits ?? 2);

/** Minor units as people write them: 1299 USD is $12.99. */
export const money = (cents: number, currency: string): string =>
  moneyFormat(currency).format(cents / minorUnits(currency));

/** What people typed ("12.99", "12,9") as minor units; undefined when it is no amount. */
export function parseMoney(typed: string, currency: string): number | undefined {
  const text = typed.trim().replace(",", ".");
  if (!/^\d+(\.\d*)?$/.test(text)) return undefined;
  return Math.round(Number(text) * minorUnits(currency));
}

const day = new Intl.DateTimeFormat("en", { dateStyle: "medium" });
const moment = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat("en", { timeStyle: "medium" });

export const formatDay = (instant: string): string => day.format(new Date(instant));
export const formatMoment = (instant: string): string => moment.format(new Date(instant));
export const formatClock = (instant: string): string => clock.format(new Date(instant));

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** A variant's options on one line: "navy, 39-42"; a product without options has none. */
export const describeOptions = (options: Record<string, string>): string => Object.values(options).join(", ");

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A schema's message ("must not be empty") as a sentence. */
export const sentence = (text: string): string =>
  capitalised(text) + (text === "" || text.endsWith(".") ? "" : ".");
