import { execFileSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";

/** Where containers of a test's shop are found. */
export type Containers = {
  project: string;
  dockerHost?: string | undefined;
  /** Where they reach this machine. */
  hostAddress: string;
};

type Named = Pick<Containers, "project" | "dockerHost">;

const docker = ({ dockerHost }: Named, ...args: string[]) =>
  execFileSync("docker", args, {
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, ...(dockerHost && { DOCKER_HOST: dockerHost }) },
  }).trim();

/** The container of one service of docker-compose.yml; compose v2 and 1.29 name them differently and label them alike. */
export function containerOf(shop: Named, service: string): string {
  const [id] = docker(
    shop,
    "ps",
    "-aq",
    `--filter=label=com.docker.compose.project=${shop.project}`,
    `--filter=label=com.docker.compose.service=${service}`,
    "--filter=label=com.docker.compose.oneoff=False",
  ).split("\n");
  if (!id) throw new Error(`there is no container of ${service}`);
  return id;
}

/** The host's number of a container's first process; 0 where it does not run. */
export const containerPid = (shop: Containers, service: string): number =>
  Number(docker(shop, "inspect", "-f", "{{.State.Pid}}", containerOf(shop, service)));

/** Every service of the shop that has a restart policy, and so must survive being killed. */
export function keptServices(shop: Containers): string[] {
  const ids = docker(shop, "ps", "-aq", `--filter=label=com.docker.compose.project=${shop.project}`).split(
    "\n",
  );
  const format = '{{index .Config.Labels "com.docker.compose.service"}} {{.HostConfig.RestartPolicy.Name}}';
  return docker(shop, "inspect", "-f", format, ...ids)
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, policy]) => policy === "unless-stopped")
    .map(([service = ""]) => service)
    .sort();
}

/** Waits until a container runs and its health check passes, made here and now and not when it is due. */
export async function untilWell(shop: Containers, service: string, timeoutMs: number): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !isWell(shop, service); await pause(500))
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${service} is well`);
}

function isWell(shop: Containers, service: string): boolean {
  const container = containerOf(shop, service);
  const format = "{{.State.Running}}\n{{json .Config.Healthcheck}}";
  const [running, check = "null"] = docker(shop, "inspect", "-f", format, container).split("\n");
  if (running !== "true") return false;
  const [kind, ...command]: string[] = JSON.parse(check)?.Test ?? [];
  try {
    if (kind) docker(shop, "exec", container, ...(kind === "CMD-SHELL" ? ["sh", "-c"] : []), ...command);
    return true;
  } catch {
    return false;
  }
}

/** What a container has said since then. */
export const logOf = (shop: Containers, service: string, since: Date): string =>
  docker(shop, "logs", `--since=${since.toISOString()}`, containerOf(shop, service));
