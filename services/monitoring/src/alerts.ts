import type { Alert, AlertPage, alertQuery } from "@sockshop/contracts/monitoring.ts";
import { aggregateStore, type Projection } from "@sockshop/platform/aggregate.ts";
import { type Database, type Queryable, withTransaction } from "@sockshop/platform/database.ts";
import { conflict, notFound } from "@sockshop/platform/problem.ts";
import type { z } from "zod";
import { type AlertEvent, alert, alertSubject } from "./alert.ts";
import { feltByCustomers } from "./customers.ts";
import { monitoringChannel } from "./service-states.ts";

/** Every alert that was ever raised. */
export const alertsProjection: Projection<AlertEvent> = {
  name: "alerts",
  tables: ["alerts"],
  async project(tx, { type, data }) {
    switch (type) {
      case "AlertRaised":
        await tx.query(
          `insert into alerts (id, rule, subject, severity, status, summary, what_to_do, raised_at, source)
           values ($1, $2, $3, $4, 'raised', $5, $6, $7, coalesce($8, 'monitoring'))`,
          [
            data.alertId,
            data.rule,
            data.subject,
            data.severity,
            data.summary,
            data.whatToDo,
            data.raisedAt,
            // The first events of this kind did not say.
            data.source,
          ],
        );
        break;
      case "AlertAcknowledged":
        await tx.query(
          "update alerts set status = 'acknowledged', acknowledged_at = $2, acknowledged_by = $3 where id = $1",
          [data.alertId, data.acknowledgedAt, data.acknowledgedBy],
        );
        break;
      case "AlertResolved":
        await tx.query("update alerts set status = 'resolved', resolved_at = $2 where id = $1", [
          data.alertId,
          data.resolvedAt,
        ]);
    }
    await tx.query("select pg_notify($1, '')", [monitoringChannel]);
  },
};

export const alerts = aggregateStore(alert, [alertsProjection]);

type AlertRow = Omit<Alert, "customers" | "raisedAt" | "acknowledgedAt" | "acknowledgedBy" | "resolvedAt"> & {
  raisedAt: Date;
  acknowledgedAt: Date | null;
  acknowledgedBy: string | null;
  resolvedAt: Date | null;
};
const columns = `id, rule, source, subject, severity, status, summary, what_to_do as "whatToDo", raised_at as "raisedAt",
  acknowledged_at as "acknowledgedAt", acknowledged_by as "acknowledgedBy", resolved_at as "resolvedAt"`;

function asAlert({ raisedAt, acknowledgedAt, acknowledgedBy, resolvedAt, ...row }: AlertRow): Alert {
  const customers = feltByCustomers(row.rule, row.subject);
  return {
    ...row,
    ...(customers && { customers }),
    raisedAt: raisedAt.toISOString(),
    ...(acknowledgedAt && { acknowledgedAt: acknowledgedAt.toISOString() }),
    ...(acknowledgedBy && { acknowledgedBy }),
    ...(resolvedAt && { resolvedAt: resolvedAt.toISOString() }),
  };
}

export async function listAlerts(
  db: Queryable,
  { status, page, pageSize }: z.infer<typeof alertQuery>,
): Promise<AlertPage> {
  const where = "where $1 = 'all' or status = $1 or ($1 = 'open' and status <> 'resolved')";
  const { rows } = await db.query<AlertRow>(
    `select ${columns} from alerts ${where} order by raised_at desc, id desc limit $2 offset $3`,
    [status, pageSize, (page - 1) * pageSize],
  );
  const count = await db.query<{ total: number }>(`select count(*) as total from alerts ${where}`, [status]);
  return { items: rows.map(asAlert), total: count.rows[0]?.total ?? 0, page, pageSize };
}

/** The open alerts that one source raised. */
export async function openAlerts(
  db: Queryable,
  source: Alert["source"],
): Promise<Pick<Alert, "rule" | "subject">[]> {
  const { rows } = await db.query<Pick<Alert, "rule" | "subject">>(
    "select rule, subject from alerts where status <> 'resolved' and source = $1",
    [source],
  );
  return rows;
}

async function findAlert(db: Queryable, id: string): Promise<Alert> {
  const { rows } = await db.query<AlertRow>(`select ${columns} from alerts where id = $1`, [id]);
  if (!rows[0]) throw notFound("The alert");
  return asAlert(rows[0]);
}

/** Says that somebody looks after it; a repeat changes nothing. Throws 404, or 409 for an alert that is resolved. */
export function acknowledge(database: Database, id: string, by: string): Promise<Alert> {
  return withTransaction(database, async (tx) => {
    const { rule, subject } = await findAlert(tx, id);
    await alerts.execute(tx, alertSubject(rule, subject), {
      type: "Acknowledge",
      alertId: id,
      by,
      at: new Date().toISOString(),
    });
    const now = await findAlert(tx, id);
    if (now.status === "resolved") throw conflict("alert-resolved", "This alert is resolved.");
    return now;
  });
}
