import type { Consumer } from "@sockshop/platform/inbox.ts";
import { lowStockConsumer } from "./low-stock.ts";
import { openOrders } from "./open-orders.ts";
import { recentPayments } from "./recent-payments.ts";

/** Everything this service hears: read models only. The rules look at them, so that hearing again alarms nobody. */
export const consumers: Consumer[] = [recentPayments, openOrders, lowStockConsumer];
