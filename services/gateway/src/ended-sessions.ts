/**
 * Remembers which sessions ended for as long as a cookie may still carry a signed copy of them.
 * `areKnown` is false while some may have ended unheard: at the start, and after the notification connection was lost.
 */
export function endedSessions(copyLastsMs: number, now: () => number = Date.now) {
  const ended = new Map<string, number>();
  let unheardUntil = now() + copyLastsMs;
  return {
    add(sessionId: string) {
      const until = now() + copyLastsMs;
      for (const [id, forgetAt] of ended) {
        if (forgetAt > now()) break;
        ended.delete(id);
      }
      ended.delete(sessionId);
      ended.set(sessionId, until);
    },
    has: (sessionId: string) => (ended.get(sessionId) ?? 0) > now(),
    missedSome() {
      unheardUntil = now() + copyLastsMs;
    },
    areKnown: () => now() >= unheardUntil,
  };
}
