import { logTopic } from "@sockshop/contracts/topics.ts";
import { type DestinationStream, pino } from "pino";
import { newId } from "./ids.ts";
import type { Metrics } from "./metrics.ts";
import type { Sidecar } from "./sidecar.ts";

const everyMs = 500;
const longestPauseMs = 5_000;
const drainMs = 2_000;
const most = { lines: 5_000, characters: 4_000_000 };
const mostInBatch = { lines: 1_000, characters: 100_000 };
const longestLine = 16_000;

export type LogShipping = {
  /** Where pino writes to: standard output, and what is sent on. */
  destination: DestinationStream;
  /** Sends what is left, for at most two seconds. */
  stop: () => Promise<void>;
};

/**
 * Sends log lines in batches through the own sidecar to `log-events`, beside writing them. While the sidecar is away they
 * wait, as many as fit; what does not is counted, and the next batch tells it. Nothing here is logged: that would be sent too.
 */
export function shipLogs(parts: {
  appId: string;
  sidecar: Pick<Sidecar, "url" | "headers">;
  metrics: Pick<Metrics, "logsShipped" | "logsDropped">;
  output?: DestinationStream;
}): LogShipping {
  const { metrics, output = pino.destination(1) } = parts;
  const waiting = boundedLines();
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;
  let batch: Batch | undefined;
  let failures = 0;
  let stopped = false;
  // Numbered, so that the log store notices when the broker lost some.
  const numbers = { sender: newId(), first: 1 };
  const drop = (count: number) => {
    waiting.dropped += count;
    metrics.logsDropped.inc(count);
  };
  const giveUp = ({ lines, dropped }: Batch) => {
    waiting.dropped += dropped;
    drop(lines);
  };

  const sendAll = async () => {
    for (;;) {
      // The same batch, by its id, until it is taken: one whose answer was lost is then not stored twice.
      batch ??= nextBatch(parts.appId, waiting, numbers);
      if (!batch) return;
      const taken = await publish(parts.sidecar, batch);
      if (taken === "away") {
        failures += 1;
        return;
      }
      failures = 0;
      if (taken === "yes") {
        metrics.logsShipped.inc(batch.lines);
        numbers.first += batch.lines;
      } else giveUp(batch);
      batch = undefined;
      if (taken === "refused") return;
    }
  };
  const send = () => {
    timer = undefined;
    sending ??= sendAll().finally(() => {
      sending = undefined;
      if (batch || waiting.lines.length > 0) sendSoon();
    });
    return sending;
  };
  const sendSoon = () => {
    if (timer || sending || stopped) return;
    timer = setTimeout(send, Math.min(everyMs * 2 ** Math.min(failures, 8), longestPauseMs));
    timer.unref();
  };

  return {
    destination: {
      write(line) {
        output.write(line);
        if (waiting.add(line)) sendSoon();
        else drop(1);
      },
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      const done = (async () => {
        await sending;
        await send();
      })();
      await Promise.race([done, new Promise((resolve) => setTimeout(resolve, drainMs).unref())]);
    },
  };
}

/** Log lines on standard output alone. */
export const writeLogsOnly = (): LogShipping => ({ destination: pino.destination(1), stop: async () => {} });

type Lines = { lines: string[]; dropped: number; add: (line: string) => boolean; take: () => string[] };

/** Lines that wait; the first ones are kept when it is full, since they tell how the trouble began. */
function boundedLines(): Lines {
  const lines: string[] = [];
  let characters = 0;
  return {
    lines,
    dropped: 0,
    add(line) {
      if (lines.length >= most.lines || characters + line.length > most.characters) return false;
      const kept = line.length > longestLine ? shortened(line) : line;
      lines.push(kept);
      characters += kept.length;
      return true;
    },
    take() {
      let [count, length] = [0, 0];
      while (count < Math.min(lines.length, mostInBatch.lines)) {
        length += lines[count]?.length ?? 0;
        if (count > 0 && length > mostInBatch.characters) break;
        count += 1;
      }
      const taken = lines.splice(0, count);
      characters -= taken.reduce((sum, line) => sum + line.length, 0);
      return taken;
    },
  };
}

function shortened(line: string): string {
  const { time, level, msg, requestId, traceId, orderId } = JSON.parse(line) as Record<string, string>;
  const start = msg?.slice(0, longestLine / 4);
  return JSON.stringify({ time, level, msg: start, requestId, traceId, orderId, shortenedFrom: line.length });
}

type Batch = { body: string; lines: number; dropped: number };

function nextBatch(
  appId: string,
  waiting: Lines,
  { sender, first }: { sender: string; first: number },
): Batch | undefined {
  const lines = waiting.take();
  if (lines.length === 0) return undefined;
  const { dropped } = waiting;
  waiting.dropped = 0;
  const envelope = {
    specversion: "1.0",
    id: newId(),
    source: appId,
    type: "LogRecorded",
    time: new Date().toISOString(),
    datacontenttype: "application/json",
  };
  const head = JSON.stringify({ service: appId, dropped, sender, first });
  // Every line is JSON already.
  const data = `${head.slice(0, -1)},"records":[${lines.join(",")}]}`;
  return {
    body: `${JSON.stringify(envelope).slice(0, -1)},"data":${data}}`,
    lines: lines.length,
    dropped,
  };
}

/** `refused` is what no repetition would change. */
async function publish(
  { url, headers }: Pick<Sidecar, "url" | "headers">,
  { body }: Batch,
): Promise<"yes" | "away" | "refused"> {
  try {
    const response = await fetch(`${url}/v1.0/publish/${logTopic.component}/${logTopic.name}`, {
      method: "POST",
      headers: { "content-type": "application/cloudevents+json", ...headers },
      body,
      signal: AbortSignal.timeout(3_000),
    });
    await response.body?.cancel();
    if (response.ok) return "yes";
    return response.status < 500 && response.status !== 429 ? "refused" : "away";
  } catch {
    return "away";
  }
}
