/** A start that cannot go on: one sentence for the person at the terminal, what mends it, and what was logged. */
export class ShopFailure extends Error {
  readonly remedy: string;
  readonly details: string;

  constructor(message: string, remedy: string, details = "") {
    super(message);
    this.name = "ShopFailure";
    this.remedy = remedy;
    this.details = details;
  }
}
