import { connect } from "node:net";
import { inject } from "vitest";

/** Sends one command to a Redis, as the user whom its address names, if any; resolves with the first line of the answer, be it a refusal. */
export function askRedis(address: string, ...command: string[]): Promise<string> {
  const { hostname, port, username, password } = new URL(address);
  const login = password ? [["AUTH", username || "default", decodeURIComponent(password)]] : [];
  const encode = (words: string[]) =>
    `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () =>
      socket.write([...login, command].map(encode).join("")),
    );
    let answer = "";
    socket.once("error", reject);
    socket.on("data", (chunk) => {
      answer += chunk;
      const lines = answer.split("\r\n");
      if (lines.length <= login.length + 1) return;
      socket.end();
      resolve(lines[login.length] ?? "");
    });
  });
}

/** Sends one command to the shop's Redis and resolves with the first line of its answer; a refusal is thrown. */
export async function redis(...command: string[]): Promise<string> {
  const answer = await askRedis(inject("shop").redisUrl, ...command);
  if (answer.startsWith("-")) throw new Error(answer);
  return answer;
}
