import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { rulesFile } from "../telemetry-config.ts";
import type { Manifest } from "./validation.ts";

/** The shared rules for the Prometheus operator, without those that watch Prometheus itself: it is the cluster's. */
export function alertManifest(): Manifest {
  const { groups } = parse(readFileSync(rulesFile, "utf8")) as { groups: { name: string }[] };
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "sockshop", labels: { "app.kubernetes.io/part-of": "sockshop" } },
    spec: { groups: groups.filter(({ name }) => name !== "watchers") },
  };
}
