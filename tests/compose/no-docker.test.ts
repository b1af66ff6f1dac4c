import { test } from "vitest";
import { whyNoDocker } from "./docker.ts";

test.skip(`the shop in containers is not tried: ${whyNoDocker()}`, () => {});
