import type { IncomingMessage } from "node:http";

const largest = 1024 * 1024;

/** The text of an answer, up to 1 MB: a refused order comes with its whole cart. Throws when it was cut off. */
export async function readWhole(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largest) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Whether an error answer is the sidecar's own (`{"errorCode":"ERR_…"}`) and not the service's. */
export function isSidecarsOwn(text: string): boolean {
  try {
    const { errorCode } = JSON.parse(text) as { errorCode?: unknown };
    return typeof errorCode === "string" && errorCode.startsWith("ERR_");
  } catch {
    return false;
  }
}

/** The problem document that an answer's text is; undefined when it is none. */
export function problemIn(text: string): object | undefined {
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === "object" && document !== null ? document : undefined;
  } catch {
    return undefined;
  }
}
