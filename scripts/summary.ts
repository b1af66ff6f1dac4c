import { toldOf } from "./observability.ts";
import { publicUrl } from "./service-env.ts";
import type { Shop } from "./shop.ts";
import type { StateFolder } from "./state-folder.ts";

/** The closing table of a start: what is where, who the administrator is, how to stop. */
export function summary({ urls, topology, state, admin, mtls }: Shop): string {
  const services = topology.services.map(({ id, port, daprHttpPort }) => [
    id,
    `http://127.0.0.1:${port}`,
    `sidecar http://127.0.0.1:${daprHttpPort}`,
  ]);
  const { POSTGRES_PORT, PLACEMENT_PORT, SCHEDULER_PORT, SENTRY_PORT } = topology.supporting;
  return table([
    ["The shop is open", publicUrl(topology)],
    [],
    ...services,
    ["PostgreSQL", `127.0.0.1:${POSTGRES_PORT}`, "a database for each service"],
    ["Redis", new URL(urls.redis).host],
    ["Dapr", `127.0.0.1:${PLACEMENT_PORT}, :${SCHEDULER_PORT}`, "placement, scheduler"],
    mtls
      ? ["mTLS on", `127.0.0.1:${SENTRY_PORT}`, "sentry, access control between sidecars"]
      : ["mTLS off", "sidecars do not prove who they are: no access control between them (DAPR_MTLS)"],
    [],
    [
      "Administrator",
      admin.email,
      admin.isNew ? `password ${admin.password}` : "password as before (secrets.json)",
    ],
    ...lookingOn(state),
    ["Logs", state.logs],
    ["Stop", "Ctrl-C"],
  ]);
}

/** What looks on, each with its address, how far its coming is, or why it stays away and what would bring it. */
export function lookingOn(state: StateFolder): string[][] {
  return Object.entries(toldOf(state)).map(([part, where]) => {
    const name = part[0]?.toUpperCase() + part.slice(1);
    if ("url" in where) return [name, where.url];
    return "coming" in where ? [name, `comes up: ${where.coming}`] : [name, `${where.why} ${where.whatToDo}`];
  });
}

export function table(rows: string[][]): string {
  const width = (column: number) =>
    Math.max(...rows.filter((row) => row.length > column + 1).map((row) => row[column]?.length ?? 0));
  const widths = [width(0), width(1)];
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return ["", ...lines.map((line) => `  ${line}`.trimEnd()), ""].join("\n");
}
