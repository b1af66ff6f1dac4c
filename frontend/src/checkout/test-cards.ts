/** The test provider's cards; a token is all that ever reaches the shop. */
export const testCards = [
  { token: "tok_visa", name: "Visa", effect: "Pays at once." },
  { token: "tok_declined", name: "Declined card", effect: "The bank refuses; nothing is charged." },
  {
    token: "tok_insufficient_funds",
    name: "Empty account",
    effect: "Refused for insufficient funds; nothing is charged.",
  },
  { token: "tok_slow", name: "Slow bank", effect: "Pays, but takes five seconds to say so." },
  { token: "tok_flaky", name: "Flaky bank", effect: "Fails twice, then pays. You are charged once." },
  {
    token: "tok_lost_reply",
    name: "Lost reply",
    effect: "Charges, but its answer is lost. You are still charged once.",
  },
  {
    token: "tok_capture_fails",
    name: "Capture fails",
    effect: "Authorizes, then refuses to pay; everything is undone.",
  },
] as const;
