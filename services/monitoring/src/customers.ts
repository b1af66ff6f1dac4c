const nothing = "Nothing.";
const undone = "when that takes too long, they are undone and nobody is charged.";

/** While a service, its sidecar, or what all stand on does not work. */
const whileAway: Record<string, string> = {
  gateway: "Nobody reaches the shop.",
  catalog: `Socks cannot be looked at or found. Orders that were placed wait; ${undone}`,
  cart: "Carts cannot be opened, and nothing can be ordered.",
  order: "Nothing can be ordered, and no order be looked at. Checkouts under way go on once it is back.",
  payment: `Orders are taken and wait for their payment; ${undone}`,
  rating: "Ratings are neither shown nor taken. Buying goes on.",
  logging: nothing,
  monitoring: nothing,
  postgresql: "Nothing can be looked at or ordered.",
  redis: "Buying goes on. What follows from an order comes late: what was bought stays in the cart for now.",
  placement: `Orders are taken and wait; ${undone}`,
  scheduler: `Orders are taken and wait; ${undone}`,
  prometheus: nothing,
  alertmanager: nothing,
  zipkin: nothing,
};

const whileItHolds: Record<string, string> = {
  "payments-declined": "Their orders are refused; they keep their cart and may pay with another card.",
  "order-stuck": "One customer waits and does not know whether the socks will come.",
  "outbox-not-draining": "What follows from their orders comes late.",
  "inbox-not-draining": "What follows from their orders comes late.",
  "error-share-high": "Some of what they try fails.",
  "latency-high": "They wait.",
  "compensation-retrying":
    "Orders that failed keep their stock or the hold on the card until it gets through.",
  "saga-step-failing": "Orders that come to this step wait.",
  "log-records-dropped": nothing,
  "scrape-failing": nothing,
  "chain-broken": nothing,
};
const partRules = new Set(["service-down", "service-not-ready", "infrastructure-down"]);

/** What customers notice of what an alert tells; undefined where nobody can say from the alert alone. */
export const feltByCustomers = (rule: string, subject: string): string | undefined =>
  partRules.has(rule) ? whileAway[subject.replace(/-sidecar$/, "")] : whileItHolds[rule];
