import { expect, test } from "vitest";
import { feltByCustomers } from "../src/customers.ts";
import { rules } from "../src/rules.ts";

const services = ["gateway", "catalog", "cart", "order", "payment", "rating", "logging", "monitoring"];

test("of every part it is known what customers notice while it is away", () => {
  for (const appId of services) {
    expect(feltByCustomers("service-down", appId)).toBeTruthy();
    expect(feltByCustomers("service-not-ready", appId)).toBe(feltByCustomers("service-down", appId));
    expect(feltByCustomers("service-down", `${appId}-sidecar`)).toBe(feltByCustomers("service-down", appId));
  }
  for (const part of [
    "postgresql",
    "redis",
    "placement",
    "scheduler",
    "prometheus",
    "alertmanager",
    "zipkin",
  ])
    expect(feltByCustomers("infrastructure-down", part)).toBeTruthy();
});

test("of a part or a rule that is not ours nothing is made up", () => {
  expect(feltByCustomers("service-down", "somebody-else")).toBeUndefined();
  expect(feltByCustomers("their-own-rule", "cart")).toBeUndefined();
});

test("every critical rule but parked events, which can be anything, says what customers notice", () => {
  const silent = Object.entries(rules)
    .filter(
      ([name, { severity }]) =>
        severity === "critical" && !feltByCustomers(name, name === "infrastructure-down" ? "redis" : "order"),
    )
    .map(([name]) => name);
  expect(silent).toEqual(["events-parked"]);
});
