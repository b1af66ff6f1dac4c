import { z } from "zod";

// PostgreSQL's text type cannot store NUL, so it is refused at the door instead of failing in a query.
const withoutNul = (value: string) => !value.includes("\u0000");

/** Trimmed, non-empty text of at most `max` characters without NUL. */
export const text = (max: number) =>
  z.string().trim().min(1, "must not be empty").max(max).refine(withoutNul, "must not contain NUL");

/** Text that may be empty, of at most `max` characters without NUL. */
export const optionalText = (max: number) =>
  z.string().trim().max(max).refine(withoutNul, "must not contain NUL");

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
