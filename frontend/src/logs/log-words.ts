import type { StoredLog, StoredRecord } from "@sockshop/contracts/logging.ts";

const longest = 300;

/** What a line's fields say, as far as a row has room: a request's answer, an error's words, else `name=value`. */
export function inBrief({ message, fields }: StoredLog): string {
  if (message === "request" && typeof fields.path === "string")
    return `${fields.method} ${fields.path} ${fields.status}, ${fields.ms} ms`;
  const parts = Object.entries(fields).map(([name, value]) =>
    name === "err"
      ? errorWords(value)
      : `${name}=${typeof value === "object" ? JSON.stringify(value) : value}`,
  );
  return parts.join(" ").slice(0, longest);
}

const errorWords = (value: unknown) => {
  const { type, message } = (value ?? {}) as { type?: string; message?: string };
  return [type, message].filter(Boolean).join(": ") || JSON.stringify(value);
};

/** A record as it is copied: everything that is known of it. */
export const asJson = (record: StoredRecord) => JSON.stringify(record, null, 2);
