import { z } from "zod";

// The gateway's content policy forbids code made from strings, which zod would try while schemas are being made:
// import this before any of them.
z.config({ jitless: true });
