/** Whether Monitoring sees its database, without which it can neither store nor tell anything; so this is kept in memory. */
export type Sight = {
  /** Since when it does not; undefined while it does. */
  blindSince: () => Date | undefined;
  /** `listener` hears of each change; returns how to stop. */
  subscribe: (listener: () => void) => () => void;
  look: (sees: boolean) => void;
};

export function openSight(now = () => new Date()): Sight {
  const listeners = new Set<() => void>();
  let since: Date | undefined;
  return {
    blindSince: () => since,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    look(sees) {
      if (sees === (since === undefined)) return;
      since = sees ? undefined : now();
      for (const listener of listeners) listener();
    },
  };
}
