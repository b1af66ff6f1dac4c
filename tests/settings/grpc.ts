import { connect } from "node:http2";

/** One gRPC call of who has no certificate; resolves with its status (0 is success), or why there was none. */
export function plainGrpc(
  port: number,
  method: string,
  message: Buffer,
  { scheme = "http", headers = {} }: { scheme?: "http" | "https"; headers?: Record<string, string> } = {},
): Promise<string> {
  return new Promise((resolve) => {
    const session = connect(`${scheme}://127.0.0.1:${port}`, { rejectUnauthorized: false });
    const end = (answer: string) => {
      session.destroy();
      resolve(answer);
    };
    session.once("error", (error) => end(error.message));
    session.once("close", () => end("the connection was closed"));
    const stream = session.request({
      ":method": "POST",
      ":path": method,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    const heads = (trailers: Record<string, unknown>) => {
      if (trailers["grpc-status"] !== undefined) end(String(trailers["grpc-status"]));
    };
    stream.once("response", heads);
    stream.once("trailers", heads);
    stream.once("error", (error) => end(error.message));
    stream.resume();
    const length = Buffer.alloc(5);
    length.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([length, message]));
  });
}

/** A field of a protobuf message: text, a message, or a small number. */
export function field(number: number, value: string | Buffer | number): Buffer {
  if (typeof value === "number") return Buffer.from([number << 3, value]);
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
}

/** What one sidecar sends to another to have its app called (InternalInvokeRequest). */
export function invokeRequest(caller: string, path: string): Buffer {
  const post = field(1, 3);
  const header = Buffer.concat([field(1, "dapr-caller-app-id"), field(2, field(1, caller))]);
  const message = Buffer.concat([field(1, path), field(4, post)]);
  return Buffer.concat([field(1, 1), field(2, header), field(3, message)]);
}
