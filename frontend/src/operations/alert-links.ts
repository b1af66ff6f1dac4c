import type { Alert } from "@sockshop/contracts/monitoring.ts";
import { services } from "../logs/log-filters.ts";

export type AlertLink = {
  label: string;
  to: { path: string; query?: Record<string, string>; hash?: string };
};

const minuteMs = 60_000;
const bad = "warn,error,fatal";
const onMap = (part: string): AlertLink => ({
  label: "On the map",
  to: { path: "/admin/overview", query: { part } },
});

/** From a minute before it was raised: what led to it was said before anybody noticed. */
const from = ({ raisedAt }: Alert) => new Date(new Date(raisedAt).getTime() - minuteMs).toISOString();
const lines = (label: string, query: Record<string, string>): AlertLink => ({
  label,
  to: { path: "/admin/logs", query },
});

function ofService(alert: Alert, service: string): AlertLink[] {
  return [
    lines("Its log lines", { service, from: from(alert) }),
    onMap(service),
    { label: "Its sidecar", to: { path: "/admin/sidecars", hash: `#${service}` } },
  ];
}

const ofOrder = (orderId: string): AlertLink[] => [
  { label: "The order", to: { path: `/admin/orders/${orderId}` } },
  { label: "Its timeline", to: { path: "/admin/timeline", query: { orderId } } },
  lines("Its log lines", { orderId }),
];

const underWay: AlertLink = { label: "Orders under way", to: { path: "/admin/under-way" } };

/** Where whoever reads an alert looks next, the nearest first. */
export function alertLinks(alert: Alert): AlertLink[] {
  const { rule, subject } = alert;
  switch (rule) {
    case "order-stuck":
      return [...ofOrder(subject), underWay];
    case "stock-low":
      return [{ label: "Products & stock", to: { path: "/admin/products" } }];
    case "payments-declined": {
      const query = { topic: "payment-events", type: "PaymentDeclined" };
      return [
        { label: "Declined payments", to: { path: "/admin/events", query } },
        lines("Payment's log lines", { service: "payment", from: from(alert) }),
      ];
    }
    case "infrastructure-down":
      return [
        lines("Warnings and errors since", { level: bad, from: from(alert) }),
        ...(subject === "redis" ? [onMap(subject)] : []),
      ];
  }
  // `order/authorizePayment`, `cart-sidecar`
  const service = services.find((name) => name === subject.split("/")[0]?.replace(/-sidecar$/, ""));
  if (!service) return [lines("Warnings and errors since", { level: bad, from: from(alert) })];
  const isSaga = rule === "saga-step-failing" || rule === "compensation-retrying";
  return [...(isSaga ? [underWay] : []), ...ofService(alert, service)];
}
