/** A path of this shop to go back to; anything that could lead elsewhere becomes the home page. */
export function safeReturn(target: unknown): string {
  return typeof target === "string" && /^\/(?![/\\])/.test(target) ? target : "/";
}
