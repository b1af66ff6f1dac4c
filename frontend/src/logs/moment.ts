const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});
const day = new Intl.DateTimeFormat("en", { month: "short", day: "numeric" });
const whole = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

/** Local time to the millisecond, with the day in front unless it is today's. */
export function exactTime(instant: string): string {
  const time = new Date(instant);
  const isToday = time.toDateString() === new Date().toDateString();
  return isToday ? clock.format(time) : `${day.format(time)} ${clock.format(time)}`;
}

export const wholeTime = (instant: string): string => whole.format(new Date(instant));

/** A span of milliseconds in its two largest units: "3.2 s", "4 min 10 s", "2 d 3 h". */
export function span(ms: number): string {
  const [sign, size] = ms < 0 ? ["-", -ms] : ["", ms];
  if (size < 1_000) return `${sign}${Math.round(size)} ms`;
  const seconds = size / 1_000;
  if (seconds < 60) return `${sign}${seconds.toFixed(1)} s`;
  const units = [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
    ["s", 1],
  ] as const;
  const first = units.findIndex(([, length]) => seconds >= length);
  let left = Math.round(seconds);
  const words = units.slice(first, first + 2).map(([unit, length]) => {
    const count = Math.floor(left / length);
    left -= count * length;
    return count > 0 ? `${count} ${unit}` : "";
  });
  return sign + words.filter(Boolean).join(" ");
}
