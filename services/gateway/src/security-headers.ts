import type { RequestHandler } from "express";
import helmet from "helmet";

/** Headers that keep pages and answers to ourselves; HSTS and Secure things only where we are served over https. */
export function securityHeaders(publicUrl: URL): RequestHandler {
  const secure = publicUrl.protocol === "https:";
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:"],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'self'"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
        ...(secure && { upgradeInsecureRequests: [] }),
      },
    },
    xFrameOptions: { action: "deny" },
    strictTransportSecurity: secure,
  });
}
