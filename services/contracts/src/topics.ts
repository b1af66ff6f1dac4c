/** Who publishes each topic and who hears it; the component's scopes and gap filling's authorisation follow this table. */
export const topics = {
  "product-events": { source: "catalog", subscribers: ["cart", "logging", "monitoring"] },
  "cart-events": { source: "cart", subscribers: ["logging", "monitoring"] },
  "order-events": { source: "order", subscribers: ["cart", "catalog", "rating", "logging", "monitoring"] },
  "payment-events": { source: "payment", subscribers: ["logging", "monitoring"] },
  "rating-events": { source: "rating", subscribers: ["catalog", "logging", "monitoring"] },
  "account-events": { source: "gateway", subscribers: ["cart", "order", "rating", "logging", "monitoring"] },
  "alert-events": { source: "monitoring", subscribers: ["logging"] },
} as const satisfies Record<string, { source: string; subscribers: readonly string[] }>;

export type Topic = keyof typeof topics;

/** Where every service sends its log records: through a component of its own, without positions, to `logging`. */
export const logTopic = { component: "log-pubsub", name: "log-events" } as const;
