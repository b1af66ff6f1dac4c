/** The lines of a chart, apart from each other for most eyes, on light and on dark ground. */
export const seriesColours = Array.from({ length: 8 }, (_, i) => `var(--series-${i + 1})`);

/** A canvas knows no custom properties: their values where `element` stands. */
export function chartColours(element: HTMLElement) {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    line: read("--line"),
    muted: read("--muted"),
    series: seriesColours.map((_, i) => read(`--series-${i + 1}`)),
  };
}
