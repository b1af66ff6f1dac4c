import { readFileSync } from "node:fs";
import { missing } from "@sockshop/contracts/monitoring.ts";
import { z } from "zod";

/** What the shop can do without. */
export const optionalParts = ["prometheus", "alertmanager", "zipkin"] as const;
export type OptionalPart = (typeof optionalParts)[number];

const whereabouts = z.union([
  z.object({ url: z.url() }),
  /** It is being brought, and this is how far that is. */
  z.object({ coming: z.string() }),
  missing,
]);
/** Where a part is, or why it is not there. */
export type Whereabouts = z.infer<typeof whereabouts>;
const told = z.partialRecord(z.enum(optionalParts), whereabouts);

type Settings = { urls: Partial<Record<OptionalPart, string | undefined>>; file: string | undefined };

/**
 * Says where an optional part is: where the file says that `npm start` put it, else at its setting. The file is read
 * each time, since such parts come up beside the services and after them.
 */
export function partFinder({ urls, file }: Settings): (part: OptionalPart) => Whereabouts {
  return (part) => {
    const url = urls[part];
    return readTold(file)[part] ?? (url ? { url } : notTold(part));
  };
}

function readTold(file: string | undefined): z.infer<typeof told> {
  try {
    return file ? (told.safeParse(JSON.parse(readFileSync(file, "utf8"))).data ?? {}) : {};
  } catch {
    return {};
  }
}

const notTold = (part: OptionalPart) => ({
  why: "Monitoring was not told of any.",
  whatToDo: `Set ${part.toUpperCase()}_URL for Monitoring to its address.`,
});
