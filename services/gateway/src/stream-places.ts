import { Problem } from "@sockshop/platform/problem.ts";

/** Takes a place for one more open stream and returns how to give it back; throws a 429 problem when all are taken. */
export type StreamPlaces = (key: string) => () => void;

const retryAfterSeconds = 10;

/** So many streams open at once by key. A stream is one request and may last for hours: limits by the minute do not bound them. */
export function streamPlaces(most: number, whose: string): StreamPlaces {
  const taken = new Map<string, number>();
  return (key) => {
    const before = taken.get(key) ?? 0;
    if (before >= most) throw tooManyStreams(most, whose);
    taken.set(key, before + 1);
    return () => {
      const left = (taken.get(key) ?? 1) - 1;
      if (left > 0) taken.set(key, left);
      else taken.delete(key);
    };
  };
}

const tooManyStreams = (most: number, whose: string) =>
  new Problem(
    429,
    "too-many-streams",
    `${most} event streams are open ${whose}, and more are not served. Close one, or ask without a stream; try again in ${retryAfterSeconds} s.`,
    { headers: { "retry-after": String(retryAfterSeconds) } },
  );
