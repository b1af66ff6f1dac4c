import { connect } from "node:net";
import { inject } from "vitest";

/** Sends one command to the shop's Redis and resolves with the first line of its answer. */
export function redis(...command: string[]): Promise<string> {
  const { hostname, port, username, password } = new URL(inject("shop").redisUrl);
  const encode = (words: string[]) =>
    `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () =>
      socket.write(encode(["AUTH", username || "default", decodeURIComponent(password)]) + encode(command)),
    );
    let answer = "";
    socket.once("error", reject);
    socket.on("data", (chunk) => {
      answer += chunk.toString();
      const [, line] = answer.split("\r\n");
      if (line === undefined || !answer.endsWith("\r\n") || answer.split("\r\n").length < 3) return;
      socket.end();
      if (line.startsWith("-")) reject(new Error(line));
      else resolve(line);
    });
  });
}
