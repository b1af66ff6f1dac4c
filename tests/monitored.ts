import {
  type Alert,
  type AlertPage,
  alertPage,
  type WatchedServices,
  watchedServices,
} from "@sockshop/contracts/monitoring.ts";
import type { Shopper } from "./shopper.ts";

/** What an administrator sees of the shop's services and alerts. */
export function seenBy(admin: Shopper) {
  const services = async () =>
    watchedServices.parse((await admin.get<WatchedServices>("/api/monitoring/services")).body);
  const statusOf = async (appId: string) =>
    (await services()).items.find((item) => item.appId === appId)?.status;
  const alertsOf = async (rule: Alert["rule"], subject: string, status = "all") =>
    alertPage
      .parse((await admin.get<AlertPage>(`/api/monitoring/alerts?status=${status}&pageSize=100`)).body)
      .items.filter((found) => found.rule === rule && found.subject === subject);
  const isOpen = async (rule: Alert["rule"], subject: string) =>
    (await alertsOf(rule, subject, "open")).length === 1;
  const isResolved = async (rule: Alert["rule"], subject: string) =>
    (await alertsOf(rule, subject))[0]?.status === "resolved";
  return { services, statusOf, alertsOf, isOpen, isResolved };
}
