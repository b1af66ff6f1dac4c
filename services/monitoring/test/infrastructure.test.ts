import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../../platform/test/postgres.ts";
import { asInfrastructure, infrastructureId, lookAtInfrastructure } from "../src/infrastructure.ts";
import { partFinder } from "../src/optional-parts.ts";
import { listStates, recordFindings } from "../src/service-states.ts";
import { infrastructure } from "./monitoring-service.ts";

let own: Awaited<ReturnType<typeof testDatabase>>;
const servers: Server[] = [];
const folder = mkdtempSync(join(tmpdir(), "sockshop-parts-"));
const file = join(folder, "optional-parts.json");
beforeAll(async () => {
  own = await testDatabase(new URL("../migrations/", import.meta.url));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await own.drop();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
const redisThatSays = (answer: string | undefined) =>
  listening(
    createServer((socket) => {
      socket.once("data", () => answer && socket.end(answer));
      socket.once("error", () => {});
    }),
  );
const http = (status: number) =>
  listening(createHttp((_req, res) => res.writeHead(status).end())).then(
    (port) => `http://127.0.0.1:${port}`,
  );
const looked = async (more: Partial<typeof infrastructure>) =>
  Object.fromEntries(
    (await lookAtInfrastructure(own.database, { ...infrastructure, ...more })).map(({ part, status }) => [
      part,
      status,
    ]),
  );

test.each([
  ["up", "+PONG\r\n"],
  ["up", "-NOAUTH Authentication required.\r\n"],
  ["not-ready", "-LOADING Redis is loading the dataset in memory\r\n"],
  ["down", undefined],
])("a Redis is %s that says %j", async (status, answer) => {
  const port = await redisThatSays(answer);
  expect(await looked({ redisAddress: `127.0.0.1:${port}` })).toMatchObject({ redis: status });
});

test("a part whose first answer does not come is asked again", async () => {
  let asked = 0;
  const port = await listening(createHttp((_req, res) => void (++asked > 1 && res.end())));
  expect(await looked({ placementHealthUrl: `http://127.0.0.1:${port}/healthz` })).toMatchObject({
    placement: "up",
  });
});

test("what listens no more is down, what says that it is not well is not ready", async () => {
  const seen = await looked({
    redisAddress: "127.0.0.1:1",
    placementHealthUrl: `${await http(200)}/healthz`,
    schedulerHealthUrl: `${await http(500)}/healthz`,
  });
  expect(seen).toMatchObject({
    postgresql: "up",
    redis: "down",
    placement: "up",
    scheduler: "not-ready",
  });
});

test("an optional part is where its setting says, else where the start put it, else absent with what to do", async () => {
  const url = await http(200);
  const find = partFinder({ urls: { zipkin: url }, file });
  expect(await looked({ find })).toMatchObject({ prometheus: "absent", zipkin: "up" });
  writeFileSync(file, JSON.stringify({ prometheus: { coming: "downloading: 3 MB" }, alertmanager: { url } }));
  expect(await looked({ find })).toMatchObject({ prometheus: "not-ready", alertmanager: "up" });
  writeFileSync(file, "not JSON");
  expect(await looked({ find })).toMatchObject({ prometheus: "absent" });

  writeFileSync(file, JSON.stringify({ prometheus: { why: "No network.", whatToDo: "Install it." } }));
  await recordFindings(own.database, await lookAtInfrastructure(own.database, { ...infrastructure, find }));
  const parts = asInfrastructure(await listStates(own.database, [infrastructureId]), find);
  expect(parts).toContainEqual(expect.objectContaining({ name: "zipkin", status: "up", url }));
  expect(parts).toContainEqual(
    expect.objectContaining({
      name: "prometheus",
      status: "absent",
      detail: "No network.",
      missing: { why: "No network.", whatToDo: "Install it." },
    }),
  );
});
