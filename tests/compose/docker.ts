import { spawnSync } from "node:child_process";
import { findProgram } from "../../scripts/runtime/commands.ts";

/** Whether a Docker engine answers already, one that is somebody else's. */
export function engineRuns(): boolean {
  const docker = findProgram("docker");
  return (
    docker !== undefined && spawnSync(docker, ["info"], { stdio: "ignore", timeout: 20_000 }).status === 0
  );
}

/** Why the shop cannot be tried in containers on this machine; undefined where it can. */
export function whyNoDocker(): string | undefined {
  if (engineRuns()) return undefined;
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    return "no Docker engine answers, and only root on Linux may start one: start Docker, then run this again";
  if (findProgram("dockerd") || findProgram("apt-get")) return undefined;
  return "no Docker engine answers, and there is no dockerd and no apt-get that brings one: install Docker";
}
