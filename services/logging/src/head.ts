import type { Queryable, Transaction } from "@sockshop/platform/database.ts";
import type { Link } from "./chain.ts";

/** Where the chain ends, how many partitions were ever made, and how many records one holds. */
export type Head = Link & { partitions: number; partitionSize: number };

/** Holds the end of the chain until the transaction ends. */
export const lockHead = (tx: Transaction): Promise<Head> => select(tx, "for update");

/** The end of the chain as last committed; every record up to it can be seen. */
export const headOf = (db: Queryable): Promise<Head> => select(db, "");

async function select(db: Queryable, lock: string): Promise<Head> {
  const { rows } = await db.query<Head>(
    `select seq, encode(hash, 'hex') as hash, partitions, partition_size as "partitionSize" from chain_head ${lock}`,
  );
  if (!rows[0]) throw new Error("the chain has no head");
  return rows[0];
}
