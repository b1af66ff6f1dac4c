import type { StoredRecord } from "@sockshop/contracts/logging.ts";
import type { Queryable } from "@sockshop/platform/database.ts";
import { type RecordRow, recordColumns } from "./records.ts";
import { asRecord } from "./search.ts";

const most = 1_000;

type Timeline = { items: StoredRecord[]; more: boolean };

/** One order across all services: what names it, and what else happened in the traces that made it move. */
export const timelineOfOrder = (db: Queryable, orderId: string): Promise<Timeline> =>
  read(
    db,
    `order_id = $1
     or trace_id = any(array(select distinct trace_id from records where order_id = $1 and trace_id is not null))
        and (order_id is null or order_id = $1)`,
    orderId,
  );

export const timelineOfTrace = (db: Queryable, traceId: string): Promise<Timeline> =>
  read(db, "trace_id = $1", traceId);

/** By time, since services send their log records later than their events; for people, and nothing is decided by it. */
async function read(db: Queryable, condition: string, value: string): Promise<Timeline> {
  const { rows } = await db.query<RecordRow>(
    `select ${recordColumns} from records where ${condition} order by time, seq limit ${most + 1}`,
    [value],
  );
  return { items: rows.slice(0, most).map(asRecord), more: rows.length > most };
}
