/**
 * What became of a movement: done, or refused by the provider with a reason; anything else is thrown as a fault. The reason
 * is `voided` when a void of the authorization came before.
 */
export type ProviderAnswer = { status: "done" } | { status: "refused"; reason: string };

type Movement = {
  /** Chosen by us and stored before the call; a repeat under the same id is the same movement. */
  id: string;
  /** The id of the authorization that this movement is about. */
  authorizationId: string;
};

/**
 * A payment provider as we need it. Every movement is idempotent by its id. A call that throws has an unknown outcome, which
 * `find` tells later.
 */
export type PaymentProvider = {
  /** What became of a movement; undefined when the provider has never booked it. */
  find: (id: string) => Promise<ProviderAnswer | undefined>;
  authorize: (movement: {
    id: string;
    reference: string;
    amountCents: number;
    currency: string;
    token: string;
  }) => Promise<ProviderAnswer>;
  /** Takes the authorized amount; refused for an authorization that is not open. */
  capture: (movement: Movement) => Promise<ProviderAnswer>;
  /** Gives up the hold; for an unknown authorization it bars a late one. Refused as `captured` when money was taken. */
  void: (movement: Movement & { reference: string }) => Promise<ProviderAnswer>;
  /** Gives money back, never more than was captured. */
  refund: (movement: Movement & { amountCents: number }) => Promise<ProviderAnswer>;
};

/** Thrown when the provider did not answer, or dropped its reply: what it did is unknown. */
export class ProviderFault extends Error {
  override name = "ProviderFault";
}

/** The same provider, given up on after `timeoutMs`: a call that hangs is a fault like any other. */
export function withDeadline(provider: PaymentProvider, timeoutMs: number): PaymentProvider {
  return {
    find: (id) => answered(provider.find(id), timeoutMs),
    authorize: (movement) => answered(provider.authorize(movement), timeoutMs),
    capture: (movement) => answered(provider.capture(movement), timeoutMs),
    void: (movement) => answered(provider.void(movement), timeoutMs),
    refund: (movement) => answered(provider.refund(movement), timeoutMs),
  };
}

function answered<Answer>(call: Promise<Answer>, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new ProviderFault(`no answer within ${timeoutMs} ms`)), timeoutMs);
    call.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
