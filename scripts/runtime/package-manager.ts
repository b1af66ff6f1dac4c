import { findProgram, run } from "./commands.ts";

/** What one thing is called by the package managers that we know. */
export type PackageNames = { brew: string; debian: string };

/**
 * Installs a package where that needs no password and starts no server of the package's own; returns what stood in the
 * way, for the case that its program is not there afterwards.
 */
export async function installWithPackageManager(
  names: PackageNames,
  say: (progress: string) => void,
): Promise<string> {
  const brew = findProgram("brew", ["/opt/homebrew/bin", "/usr/local/bin"]);
  if (brew) {
    say(`installing ${names.brew} with Homebrew`);
    const { code } = await run(brew, ["install", names.brew], { onLine: say });
    return `\`brew install ${names.brew}\` failed with status ${code}`;
  }
  if (!findProgram("apt-get")) return "there is no package manager we know";
  const root = process.getuid?.() === 0;
  if (!root && (await run("sudo", ["-n", "true"])).code !== 0) return "installing it needs a password";
  say(`installing ${names.debian} with apt-get`);
  // The runlevel keeps the package from starting a server of its own on the standard port.
  const script = `apt-get update -q && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=60 install -q -y --no-install-recommends ${names.debian}`;
  const { code } = await run(root ? "sh" : "sudo", root ? ["-c", script] : ["-n", "sh", "-c", script], {
    onLine: say,
  });
  return `\`apt-get install ${names.debian}\` failed with status ${code}`;
}
