const storageKey = "sockshop.guest-orders";
/** The shop hears of a guest who became an account by an event: mostly at once, after a lost broker within ten seconds. */
const comeWithinMs = 15_000;

type GuestOrders = { ids: string[]; awaitedUntil?: number };

/** Keeps in mind an order that a guest was shown, so that it can be awaited in the account that the guest becomes. */
export function rememberGuestOrder(id: string): void {
  const { ids, awaitedUntil } = read();
  if (awaitedUntil !== undefined) write({ ids: [id] });
  else if (!ids.includes(id)) write({ ids: [...ids, id] });
}

/** The guest has become an account, and its orders are on their way there. */
export function awaitGuestOrders(): void {
  const { ids, awaitedUntil } = read();
  // Awaited before: that guest's account was left for this one, which gets none of them.
  if (awaitedUntil !== undefined) forgetGuestOrders();
  else if (ids.length > 0) write({ ids, awaitedUntil: Date.now() + comeWithinMs });
}

export function forgetGuestOrders(): void {
  sessionStorage.removeItem(storageKey);
}

/** Whether an order that the account does not have is one of its guest's, and may still come. */
export const isComing = (id: string): boolean => awaited().includes(id);

/** Whether none of the guest's orders is among these newest ones of the account yet, and they may still come. */
export function areComing(newest: string[]): boolean {
  const ids = awaited();
  return ids.length > 0 && !ids.some((id) => newest.includes(id));
}

function awaited(): string[] {
  const { ids, awaitedUntil = 0 } = read();
  return Date.now() < awaitedUntil ? ids : [];
}

function read(): GuestOrders {
  try {
    return JSON.parse(sessionStorage.getItem(storageKey) ?? "") as GuestOrders;
  } catch {
    return { ids: [] };
  }
}

function write(orders: GuestOrders): void {
  sessionStorage.setItem(storageKey, JSON.stringify(orders));
}
