import { z } from "zod";

/** Integer minor units (cents for USD); never a fraction, never below zero. */
export const cents = z.int().min(0).max(100_000_000);
/** A sum of prices: 50 lines of 99 dear pieces are more than one price may be. */
export const sumCents = z.int().min(0);
/** ISO 4217 alphabetic code. */
export const currency = z.string().regex(/^[A-Z]{3}$/, "must be an ISO 4217 code such as USD");
