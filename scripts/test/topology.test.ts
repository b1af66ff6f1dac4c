import { createServer } from "node:net";
import { expect, test } from "vitest";
import { ShopFailure } from "../failure.ts";
import { requireFreePorts } from "../ports.ts";
import { readTopology } from "../topology.ts";

test("an offset moves every port by the same distance", () => {
  const [standard, moved] = [readTopology({}), readTopology({ SOCKSHOP_PORT_OFFSET: "10000" })];
  expect(moved.claims.map(({ port }) => port - 10_000)).toEqual(standard.claims.map(({ port }) => port));
});

test("a port that is set by its own variable is not moved by the offset", () => {
  const { services } = readTopology({ SOCKSHOP_PORT_OFFSET: "10000", GATEWAY_PORT: "8088" });
  expect(services[0]).toMatchObject({ id: "gateway", port: 8088, daprHttpPort: 13_500 });
});

test("a port that is asked for twice is refused by naming both who ask", () => {
  expect(() => readTopology({ CART_PORT: "8080" })).toThrow(/8080 is asked for twice: .*gateway.*cart/);
});

test("a port that is no number, or out of range, is refused by naming its variable", () => {
  expect(() => readTopology({ REDIS_PORT: "tcp://10.0.0.1:6379" })).toThrow(/REDIS_PORT/);
  expect(() => readTopology({ SOCKSHOP_PORT_OFFSET: "60000" })).toThrow(ShopFailure);
});

test("a port in use is refused by naming it, who wants it, and the variable that moves it", async () => {
  const other = createServer();
  const port = await new Promise<number>((resolve) => {
    other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port));
  });
  const refusal = requireFreePorts(
    readTopology({ CART_PORT: String(port) }).claims.filter(({ variable }) => variable === "CART_PORT"),
  );
  await expect(refusal).rejects.toMatchObject({
    message: `Port ${port}, which the cart service needs, is in use by another program.`,
    remedy: expect.stringContaining("CART_PORT="),
  });
  other.close();
});
