import { v7 } from "uuid";

/** A new UUIDv7 (RFC 9562): unique, and near its neighbours in an index; never used to order events. */
export const newId = (): string => v7();
