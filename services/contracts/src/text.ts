import { z } from "zod";

// PostgreSQL stores neither NUL nor half a surrogate pair, so both are refused at the door instead of failing in a query.
const storable = (value: string) => !value.includes("\u0000") && value.isWellFormed();
const notStorable = "must be well-formed text without NUL";

/** Text of at most `max` characters, kept as it is. */
export const plainText = (max: number) => z.string().max(max).refine(storable, notStorable);

/** Trimmed, non-empty text of at most `max` characters. */
export const text = (max: number) =>
  z.string().trim().min(1, "must not be empty").max(max).refine(storable, notStorable);

/** Text that may be empty, of at most `max` characters. */
export const optionalText = (max: number) => z.string().trim().max(max).refine(storable, notStorable);

/** A UUIDv7 (or another RFC 9562 UUID), lowercase. */
export const uuid = z.uuid().toLowerCase();
/** An instant as ISO 8601 in UTC. */
export const instant = z.iso.datetime();
/** A stock keeping unit: the name of one variant. */
export const sku = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "must be 1 to 64 letters, digits, dots, dashes or underscores");
export const email = z.email().max(254).toLowerCase();
