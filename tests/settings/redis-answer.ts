import { connect } from "node:net";

/** The first line of Redis's answer to a command, which follows on others. */
export function redisAnswer(port: string, first: string[][], command: string[]): Promise<string> {
  const encode = (words: string[]) =>
    `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1", () =>
      socket.write([...first, command].map(encode).join("")),
    );
    let answer = "";
    socket.once("error", reject);
    socket.on("data", (chunk) => {
      answer += chunk;
      const lines = answer.split("\r\n");
      if (lines.length <= first.length + 1) return;
      socket.end();
      resolve(lines[first.length] ?? "");
    });
  });
}
