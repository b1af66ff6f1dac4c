import { ShopFailure } from "./failure.ts";
import { startShop } from "./shop.ts";
import { lookingOn, summary, table } from "./summary.ts";

const usage = `npm start            opens the shop at http://localhost:8080 and keeps it open until Ctrl-C
npm start -- --fresh the same, from nothing: no data, new secrets
Settings (ports, databases, runtime) come from the environment: README.md lists them.`;

const args = process.argv.slice(2);
if (args.includes("--help")) {
  console.log(usage);
  process.exit(0);
}

const stopping = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stopping.abort());
// The process that started us is gone: then nobody would be left to stop the shop.
process.on("disconnect", () => stopping.abort());

try {
  const shop = await startShop({ fresh: args.includes("--fresh"), signal: stopping.signal });
  console.log(summary(shop));
  if (lookingOn(shop.state).some(([, place]) => place?.startsWith("comes up")))
    shop.lookingOn.then(() => console.log(table(lookingOn(shop.state))));
  await new Promise<void>((resolve) => {
    if (stopping.signal.aborted) resolve();
    stopping.signal.addEventListener("abort", () => resolve());
  });
  console.log("\nStopping …");
  await shop.stop();
  console.log("Stopped; your data is kept for the next start.");
  process.exit(0);
} catch (error) {
  if (stopping.signal.aborted) process.exit(130);
  if (!(error instanceof ShopFailure)) throw error;
  console.error(
    ["", error.message, ...(error.details ? [error.details] : []), `→ ${error.remedy}`].join("\n"),
  );
  process.exit(1);
}
