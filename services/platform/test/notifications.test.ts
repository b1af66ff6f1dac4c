import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../src/database.ts";
import { createLog } from "../src/log.ts";
import { listenToDatabase, type Notifications } from "../src/notifications.ts";
import { eventually, testDatabase } from "./postgres.ts";

let database: Database;
let drop: () => Promise<void>;
let notifications: Notifications;
beforeAll(async () => {
  let url: string;
  ({ database, url, drop } = await testDatabase());
  notifications = listenToDatabase(url, createLog({ appId: "order", logLevel: "silent" }));
});
afterAll(async () => {
  await notifications.stop();
  await drop();
});

const heardOn = (channel: string) => {
  const heard: string[] = [];
  notifications.subscribe(channel, (payload) => void heard.push(payload));
  return heard;
};

test("a listener is called once its channel is heard, since what was said before that was missed", async () => {
  const first = heardOn("orders");
  await eventually("the connection is there", () => first.length > 0);
  const later = heardOn("sessions");
  await eventually("it was told to look", () => later.length > 0);
  await database.query("select pg_notify('sessions', 'one'), pg_notify('orders', 'two')");
  await eventually("both were told", () => later.length > 1 && first.length > 1);
  expect([first, later]).toEqual([
    ["", "two"],
    ["", "one"],
  ]);
});
