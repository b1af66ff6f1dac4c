import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openStateFolder } from "./state-folder.ts";
import type { Service } from "./topology.ts";

/** Asks a running service what only its operator may, through its own sidecar; throws with the service's own words. */
export async function ask<Answer>(
  service: Service,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const file = join(openStateFolder(process.env).env, `${service.id}.env`);
  const token = existsSync(file)
    ? /^DAPR_API_TOKEN='(.*)'$/m.exec(readFileSync(file, "utf8"))?.[1]
    : undefined;
  if (!token) throw new Error("The shop has never been started here: run npm start first.");
  const address = `http://127.0.0.1:${service.daprHttpPort}/v1.0/invoke/${service.id}/method/internal/operator${path}`;
  const response = await fetch(address, {
    method,
    headers: { "dapr-api-token": token, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new Error(
      `${service.id}'s sidecar does not answer on port ${service.daprHttpPort}: is the shop running (npm start)?`,
    );
  });
  const answer = (await response.json()) as Answer & { detail?: string };
  if (!response.ok) throw new Error(answer.detail ?? `${service.id} answered ${response.status}.`);
  return answer;
}
