import type { AlertSeverity, OwnAlertRule } from "@sockshop/contracts/monitoring.ts";
import { infrastructureId } from "./infrastructure.ts";
import { optionalParts } from "./optional-parts.ts";
import type { Sample } from "./samples.ts";
import type { PartState } from "./service-states.ts";

/** Everything the rules judge by. */
export type Facts = {
  now: Date;
  /** When this process began to watch, and `<app-id>/<part>` of what it has seen up since. */
  watchingSince: Date;
  seenUp: ReadonlySet<string>;
  states: PartState[];
  /** How the latest authorizations ended. */
  payments: { count: number; declined: number };
  lowStock: { sku: string; name: string; available: number }[];
  /** Orders without an end for longer than the setting allows. */
  stuckOrders: { orderId: string; placedAt: Date }[];
  /** Of the last minutes, in the order of service and time. */
  samples: Sample[];
  settings: { declineShare: number; declineWindow: number };
};

/** `unclear` leaves an alert as it is. A subject that a rule does not name is well. */
export type Verdict = {
  subject: string;
  holds: boolean | "unclear";
  summary: string;
  /** Where it is not the rule's. */
  severity?: AlertSeverity;
};

export type Rule = {
  severity: AlertSeverity;
  /** For whoever reads the alert. */
  whatToDo: string;
  judge: (facts: Facts) => Verdict[];
};

const seconds = (from: Date, to: Date) => (to.getTime() - from.getTime()) / 1000;
/** A shop that starts brings its services up one after the other. */
const startSeconds = 45;
const nameOf = ({ appId, part }: PartState) => (part === "service" ? appId : `${appId}-${part}`);

function serviceDown({ states, seenUp, watchingSince, now }: Facts): Verdict[] {
  return states
    .filter(({ part }) => part === "service" || part === "sidecar")
    .map((state) => {
      const expected =
        seenUp.has(`${state.appId}/${state.part}`) || seconds(watchingSince, now) > startSeconds;
      const summary = `${nameOf(state)} is down. ${state.detail ?? ""}`.trim();
      const unclear = state.status === "unknown" || (state.status === "down" && !expected);
      return { subject: nameOf(state), holds: unclear ? "unclear" : state.status === "down", summary };
    });
}

const patienceSeconds = 10;

/** A service that says itself that it cannot serve, for longer than it takes to start or stop. */
function serviceNotReady({ states, now }: Facts): Verdict[] {
  return states
    .filter(({ part }) => part === "service")
    .map((state) => ({
      subject: state.appId,
      holds: state.status === "not-ready" && seconds(state.since, now) > patienceSeconds,
      summary: `${state.appId} answers but cannot serve. ${state.detail ?? ""}`.trim(),
    }));
}

/** What the shop stands on is critical; what only looks on is not. An optional part that is absent is nobody's trouble. */
function infrastructureDown({ states, seenUp }: Facts): Verdict[] {
  return states
    .filter(({ appId }) => appId === infrastructureId)
    .map(({ part, status, detail }) => ({
      subject: part,
      // What another instance has seen up may be news to this one.
      holds: status === "down" && (seenUp.has(`${infrastructureId}/${part}`) || ("unclear" as const)),
      summary: `${part} is down. ${detail ?? ""}`.trim(),
      ...(optionalParts.some((optional) => optional === part) && { severity: "warning" as const }),
    }));
}

const restartShownSeconds = 30;

function serviceRestarted({ states, now }: Facts): Verdict[] {
  return states.flatMap(({ appId, part, restartedAt }) =>
    part === "service" && restartedAt && seconds(restartedAt, now) < restartShownSeconds
      ? [{ subject: appId, holds: true, summary: `${appId} was started again.` }]
      : [],
  );
}

/** A few declined cards are everyday life; half of the last ones are not. */
function paymentsDeclined({ payments, settings }: Facts): Verdict[] {
  const { count, declined } = payments;
  const enough = count >= settings.declineWindow / 2;
  const percent = Math.round((100 * declined) / Math.max(1, count));
  return [
    {
      subject: "payments",
      holds: enough && declined / count > settings.declineShare,
      summary: `${declined} of the last ${count} payments were declined (${percent}%).`,
    },
  ];
}

const stockLow = ({ lowStock }: Facts): Verdict[] =>
  lowStock.map(({ sku, name, available }) => ({
    subject: sku,
    holds: true,
    summary: available > 0 ? `${available} left of ${name} (${sku}).` : `${name} (${sku}) is sold out.`,
  }));

const orderStuck = ({ stuckOrders, now }: Facts): Verdict[] =>
  stuckOrders.map(({ orderId, placedAt }) => ({
    subject: orderId,
    holds: true,
    summary: `Order ${orderId} was placed ${Math.round(seconds(placedAt, now) / 60)} minutes ago and has not ended.`,
  }));

/** Waiting at every look for the better part of a minute, and no less at the end than at the beginning. */
function outboxNotDraining(facts: Facts): Verdict[] {
  return byService(facts).map(({ subject, samples }) => {
    const lately = samples.filter(({ at }) => seconds(at, facts.now) < 60);
    const [first, last] = [lately[0], lately.at(-1)];
    const waiting = `${last?.outboxLag ?? 0} events of ${subject} wait for the broker.`;
    if (!first || !last || seconds(first.at, last.at) < 40)
      return { subject, holds: "unclear", summary: waiting };
    const stands = lately.every(({ outboxLag }) => outboxLag > 0) && last.outboxLag >= first.outboxLag;
    return { subject, holds: stands, summary: waiting };
  });
}

function eventsParked(facts: Facts): Verdict[] {
  return byService(facts).map(({ subject, samples }) => {
    const parked = samples.at(-1)?.parked;
    const holds = parked === undefined ? "unclear" : parked > 0;
    return { subject, holds, summary: `${parked} events are parked in ${subject}.` };
  });
}

/** What the log store found when it last looked at its own records. */
function chainBroken(facts: Facts): Verdict[] {
  return byService(facts).map(({ subject, samples }) => {
    const intact = samples.at(-1)?.chainIntact;
    const holds = typeof intact === "boolean" ? !intact : "unclear";
    return { subject, holds, summary: `The hash chain of ${subject}'s records is broken.` };
  });
}

/** Every watched service, without samples while it cannot be scraped. */
const byService = ({ states, samples }: Facts) =>
  states
    .filter(({ part }) => part === "service")
    .map(({ appId }) => ({ subject: appId, samples: samples.filter((own) => own.appId === appId) }));

/** Every rule that raises alerts, with what whoever is called should do. */
export const rules: Record<OwnAlertRule, Rule> = {
  "service-down": {
    severity: "critical",
    whatToDo:
      "One that died is started again by itself. One that hangs is not: read its log, then end its process, and it starts anew (npm start keeps logs and process ids in .sockshop/logs and .sockshop/pids).",
    judge: serviceDown,
  },
  "service-not-ready": {
    severity: "critical",
    whatToDo:
      "See what it lacks: its database, its sidecar or the workflow engine, and look after that part.",
    judge: serviceNotReady,
  },
  "service-restarted": {
    severity: "warning",
    whatToDo: "If nobody restarted it, its log in .sockshop/logs says how its last process ended.",
    judge: serviceRestarted,
  },
  "infrastructure-down": {
    severity: "critical",
    whatToDo:
      "It is started again by itself. If that does not help: read its log (npm start keeps it in .sockshop/logs), then restart the shop. Nothing is lost meanwhile.",
    judge: infrastructureDown,
  },
  "payments-declined": {
    severity: "critical",
    whatToDo: "Ask the payment provider whether it has trouble; look for one customer who tries many cards.",
    judge: paymentsDeclined,
  },
  "stock-low": { severity: "info", whatToDo: "Order more, or retire the product.", judge: stockLow },
  "order-stuck": {
    severity: "critical",
    whatToDo: "See the order's timeline for its last step and whether that step's service is up.",
    judge: orderStuck,
  },
  "outbox-not-draining": {
    severity: "warning",
    whatToDo:
      "See whether Redis and the service's sidecar are up. Nothing is lost: consumers fetch what is missing.",
    judge: outboxNotDraining,
  },
  "events-parked": {
    severity: "critical",
    whatToDo:
      "npm run events shows which; mend the cause in the service's log, then: npm run events -- redrive.",
    judge: eventsParked,
  },
  "chain-broken": {
    severity: "critical",
    whatToDo:
      "npm run logging:verify names the record that is not what was appended. Find out who could write to Logging's database.",
    judge: chainBroken,
  },
};
