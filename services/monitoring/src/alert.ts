import type { alertEvents } from "@sockshop/contracts/monitoring.ts";
import type { Aggregate } from "@sockshop/platform/aggregate.ts";
import type { z } from "zod";

type Data<Type extends keyof typeof alertEvents> = z.infer<(typeof alertEvents)[Type]>;

/** What happened last to one rule's alerts about one subject. */
export type AlertState =
  | { status: "none" | "resolved" }
  | { status: "raised" | "acknowledged"; about: Pick<Data<"AlertRaised">, "alertId" | "rule" | "subject"> };
export type AlertCommand =
  | { type: "Raise"; alert: Data<"AlertRaised"> }
  | { type: "Acknowledge"; alertId: string; by: string; at: string }
  | { type: "Resolve"; at: string };
export type AlertEvent = {
  [Type in keyof typeof alertEvents]: { type: Type; data: Data<Type> };
}[keyof typeof alertEvents];

/** One stream for each rule and subject, so that at most one alert of it is open. */
export const alertSubject = (rule: string, subject: string) => `${rule}/${subject}`;

/** An open alert is not raised twice; a resolved one is neither acknowledged nor resolved. */
export const alert: Aggregate<AlertState, AlertCommand, AlertEvent> = {
  stream: "alert",
  topic: "alert-events",
  initial: { status: "none" },
  decide(command, state) {
    const open = "about" in state;
    switch (command.type) {
      case "Raise":
        return open ? [] : [{ type: "AlertRaised", data: command.alert }];
      case "Acknowledge":
        if (state.status !== "raised" || state.about.alertId !== command.alertId) return [];
        return [
          {
            type: "AlertAcknowledged",
            data: { ...state.about, acknowledgedAt: command.at, acknowledgedBy: command.by },
          },
        ];
      case "Resolve":
        return open ? [{ type: "AlertResolved", data: { ...state.about, resolvedAt: command.at } }] : [];
    }
  },
  evolve(_state, { type, data: { alertId, rule, subject } }) {
    switch (type) {
      case "AlertRaised":
        return { status: "raised", about: { alertId, rule, subject } };
      case "AlertAcknowledged":
        return { status: "acknowledged", about: { alertId, rule, subject } };
      case "AlertResolved":
        return { status: "resolved" };
    }
  },
};
