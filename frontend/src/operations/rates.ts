/** A number for a small place: two digits that matter, no unit. */
export function shortNumber(value: number): string {
  if (value === 0) return "0";
  if (value < 0.1) return "<0.1";
  if (value < 10) return value.toFixed(1).replace(/\.0$/, "");
  if (value < 10_000) return String(Math.round(value));
  return `${Math.round(value / 1000)}k`;
}

export const shortRate = (perSecond: number): string => `${shortNumber(perSecond)}/s`;

export const percent = (share: number): string =>
  share > 0 && share < 0.001 ? "<0.1%" : `${shortNumber(Math.round(share * 1000) / 10)}%`;
