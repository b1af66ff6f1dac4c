import { readdirSync, readFileSync } from "node:fs";

/**
 * Proportional set size of a process and everything below it, in MiB, by the first process's children: shared pages are
 * counted once over all (proc(5), smaps_rollup). Linux only.
 */
export function memoryOf(root: number): { total: number; byCommand: Map<string, number> } {
  const byCommand = new Map<string, number>();
  let total = 0;
  for (const pid of withDescendants(root)) {
    const mib = pssOf(pid);
    total += mib;
    const name = commandOf(pid);
    byCommand.set(name, (byCommand.get(name) ?? 0) + mib);
  }
  return { total, byCommand };
}

function withDescendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const parent = parentOf(Number(entry));
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const found = [root];
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

function commandOf(pid: number): string {
  const args = read(`/proc/${pid}/cmdline`).split("\0");
  const service = args.map((arg) => /services\/(\w+)\/src\/main\.ts$/.exec(arg)?.[1]).find(Boolean);
  return service ?? args[0]?.split("/").at(-1)?.replace(/:.*/, "") ?? "";
}
