import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** What a program takes: memory in MiB, and the share of one processor. */
type Usage = { mib: number; processor: number };

/**
 * What everything below a process takes over the next seconds, by program. Memory is the proportional set size: shared pages
 * are counted once over all (proc(5), smaps_rollup). Linux only.
 */
export async function usageBelow(root: number, seconds: number): Promise<Map<string, Usage>> {
  const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  const before = new Map(descendants(root).map((pid) => [pid, ticksOf(pid)]));
  await pause(seconds * 1_000);
  const byProgram = new Map<string, Usage>();
  for (const pid of descendants(root)) {
    const name = programOf(pid);
    const { mib, processor } = byProgram.get(name) ?? { mib: 0, processor: 0 };
    const used = (ticksOf(pid) - (before.get(pid) ?? 0)) / ticksPerSecond;
    byProgram.set(name, { mib: mib + pssOf(pid), processor: processor + used / seconds });
  }
  return byProgram;
}

function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const parent = parentOf(Number(entry));
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const found = [...(children.get(root) ?? [])];
  for (let index = 0; index < found.length; index += 1)
    found.push(...(children.get(found[index] ?? 0) ?? []));
  return found;
}

// Processes come and go while they are counted.
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const parentOf = (pid: number) => Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
const pssOf = (pid: number) =>
  Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1024;

/** Processor time, its own and that of its children that have ended: fields 14 to 17 of proc(5), stat. */
function ticksOf(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(") ")[1]?.split(" ").slice(11, 15) ?? [];
  return fields.reduce((sum, ticks) => sum + Number(ticks), 0);
}

function programOf(pid: number): string {
  const args = read(`/proc/${pid}/cmdline`).split("\0");
  const service = args.map((arg) => /services\/(\w+)\/src\/main\.ts$/.exec(arg)?.[1]).find(Boolean);
  return service ?? args[0]?.split("/").at(-1)?.replace(/:.*/, "") ?? "";
}
