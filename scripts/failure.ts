/** A start that cannot go on: one sentence for the person at the terminal, and what mends it. */
export class ShopFailure extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.name = "ShopFailure";
    this.remedy = remedy;
  }
}
