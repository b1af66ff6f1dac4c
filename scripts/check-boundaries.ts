import { globSync, readFileSync } from "node:fs";

/**
 * The arrows between folders point one way: services import platform and contracts, never each other; platform knows no
 * service; contracts holds schemas and imports zod alone. Prints each import that breaks this and exits 1.
 */
const allowed: Record<string, (specifier: string) => boolean> = {
  contracts: (specifier) => specifier === "zod",
  platform: (specifier) =>
    !specifier.startsWith("@sockshop/") ||
    /^@sockshop\/contracts\/(event|identity|problem|sidecar|topics)\.ts$/.test(specifier),
};
const ofService = (specifier: string) =>
  !specifier.startsWith("@sockshop/") || /^@sockshop\/(platform|contracts)\//.test(specifier);

const broken: string[] = [];
for (const file of globSync("services/*/src/**/*.ts")) {
  const folder = file.split("/")[1] ?? "";
  const permits = allowed[folder] ?? ofService;
  for (const [, specifier = ""] of readFileSync(file, "utf8").matchAll(/from "([^"]+)"/g)) {
    const leavesFolder =
      specifier.startsWith(".") && new URL(specifier, `file:///${file}`).pathname.split("/")[2] !== folder;
    if (leavesFolder || (!specifier.startsWith(".") && !permits(specifier)))
      broken.push(`${file} imports ${specifier}`);
  }
}
for (const line of broken) console.error(line);
if (broken.length > 0) {
  console.error("Services import platform and contracts only; move what two of them need to one of these.");
  process.exit(1);
}
