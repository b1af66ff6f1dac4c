export type Counted = { minute: string; service: string; errors: number; warnings: number };
export type Bucket = { from: number; to: number; errors: number; warnings: number };

const minuteMs = 60_000;
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 10_080];
const mostBuckets = 60;

/** How many minutes one bar stands for, so that there are at most sixty. */
export function stepFor(from: number, to: number): number {
  const minutes = (to - from) / minuteMs;
  return steps.find((step) => minutes / step <= mostBuckets - 1) ?? 10_080;
}

/** Bars of equal length over a period, empty ones too; of one service if it is named. */
export function buckets(
  counted: readonly Counted[],
  { from, to, step, service }: { from: number; to: number; step: number; service?: string },
): Bucket[] {
  const length = step * minuteMs;
  const first = Math.floor(from / length) * length;
  const bars: Bucket[] = [];
  for (let at = first; at < to; at += length)
    bars.push({ from: at, to: at + length, errors: 0, warnings: 0 });
  for (const { minute, errors, warnings, service: of } of counted) {
    const bar = bars[Math.floor((new Date(minute).getTime() - first) / length)];
    if (!bar || (service && of !== service)) continue;
    bar.errors += errors;
    bar.warnings += warnings;
  }
  return bars;
}
