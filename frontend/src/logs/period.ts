/** Spans that end now, and their minutes. */
export const presets = {
  "15m": { label: "Last 15 minutes", minutes: 15 },
  "1h": { label: "Last hour", minutes: 60 },
  "6h": { label: "Last 6 hours", minutes: 360 },
  "24h": { label: "Last 24 hours", minutes: 1_440 },
  "7d": { label: "Last 7 days", minutes: 10_080 },
} as const;
export type Preset = keyof typeof presets;
export const isPreset = (value: string): value is Preset => Object.hasOwn(presets, value);

/** A span that ends now, or one between two moments (ISO 8601), or neither: any time. */
export type Period = { last: Preset | ""; from: string; to: string };
export const anyTime: Period = { last: "", from: "", to: "" };

/** The moments that a period means now; an open end is absent. */
export function boundsOf({ last, from, to }: Period, now = Date.now()): { from?: string; to?: string } {
  if (last) return { from: new Date(now - presets[last].minutes * 60_000).toISOString() };
  return { ...(from && { from }), ...(to && { to }) };
}

/** Whether what happens from now on lies in it. */
export const goesOn = ({ last, to }: Period): boolean => last !== "" || to === "";

/** A moment as a field for local date and time wants it, and back. */
export function toLocal(moment: string): string {
  if (!moment) return "";
  const time = new Date(moment);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
export const fromLocal = (typed: string): string => (typed ? new Date(typed).toISOString() : "");
