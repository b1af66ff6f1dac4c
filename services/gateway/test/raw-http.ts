import { connect } from "node:net";

/** Sends bytes as they are, for requests that no client would make; resolves with the whole answer. */
export function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
  });
}

/** A GET whose path and headers go out as written. */
export const getRaw = (port: number, path: string, headers: string[] = []) =>
  sendRaw(
    port,
    [`GET ${path} HTTP/1.1`, "host: localhost", "connection: close", ...headers, "", ""].join("\r\n"),
  );
