import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { repository } from "./state-folder.ts";
import type { TokenFiles } from "./telemetry-tokens.ts";
import { readTopology, type Topology } from "./topology.ts";

/** The rules that every shop has, wherever it runs. */
export const rulesFile = join(repository, "deploy", "prometheus", "rules.yaml");

/** Where Prometheus and Alertmanager run, and so how they name what they read and ask. */
export interface Place {
  host: (part: string) => string;
  rules: string;
  tokens: TokenFiles;
  targetsFolder: string;
  /** Dapr's parts that are measured beside the sidecars. */
  controlPlane: ("placement" | "scheduler" | "sentry")[];
}

/** Beside the services, on the same machine. */
export const onThisMachine = (tokens: TokenFiles, targetsFolder: string): Place => ({
  host: () => "127.0.0.1",
  rules: rulesFile,
  tokens,
  targetsFolder,
  controlPlane: ["placement", "scheduler"],
});

/** As docker-compose.yml mounts it: a part's host is its name. */
const inContainers: Place = {
  host: (part) => part,
  rules: "/etc/prometheus/rules.yaml",
  tokens: {
    scrape: "/run/sockshop/prometheus/scrape-token",
    alerts: "/run/sockshop/alertmanager/alerts-token",
  },
  targetsFolder: "/etc/prometheus/targets",
  controlPlane: ["placement", "scheduler", "sentry"],
};

/** What a sidecar tells of workflows, pub/sub, calls and itself; its other series grow with what it talks about. */
const keptOfSidecars =
  "up|go_goroutines|process_(cpu_seconds_total|resident_memory_bytes|start_time_seconds)|dapr_runtime_(workflow|component|mtls|actor)_.*|dapr_component_pubsub_.*|dapr_resiliency_.*|dapr_error_code_total";

/** Prometheus' configuration: every service through Monitoring and the sidecars, and Dapr's own metrics ports. */
export function prometheusConfig(topology: Topology, place: Place): string {
  const { services, supporting } = topology;
  const labelled = (service: string, port: number) => ({
    targets: [`${place.host(service)}:${port}`],
    labels: { service },
  });
  return stringify({
    global: { scrape_interval: "10s", scrape_timeout: "8s", evaluation_interval: "10s" },
    rule_files: [place.rules],
    alerting: {
      alertmanagers: [
        { static_configs: [{ targets: [`${place.host("alertmanager")}:${supporting.ALERTMANAGER_PORT}`] }] },
      ],
    },
    scrape_configs: [
      serviceJob(topology, place),
      {
        job_name: "sidecars",
        sample_limit: 20_000,
        static_configs: services.map(({ id, daprMetricsPort }) => labelled(id, daprMetricsPort)),
        metric_relabel_configs: [{ source_labels: ["__name__"], regex: keptOfSidecars, action: "keep" }],
      },
      {
        job_name: "dapr",
        sample_limit: 20_000,
        static_configs: place.controlPlane.map((part) =>
          labelled(part, supporting[`${part.toUpperCase() as Uppercase<typeof part>}_METRICS_PORT`]),
        ),
        metric_relabel_configs: [
          { source_labels: ["__name__"], regex: "up|go_goroutines|process_.*|dapr_.*", action: "keep" },
        ],
      },
      {
        job_name: "prometheus",
        static_configs: [
          labelled("prometheus", supporting.PROMETHEUS_PORT),
          labelled("alertmanager", supporting.ALERTMANAGER_PORT),
        ],
      },
      // Whoever adds a file here watches something of his own beside the shop.
      {
        job_name: "extra",
        file_sd_configs: [{ files: [`${place.targetsFolder}/*.yaml`], refresh_interval: "5s" }],
      },
    ],
  });
}

/** An app answers its sidecar only, so Monitoring's door is asked, which goes through both sidecars. */
function serviceJob(topology: Topology, place: Place) {
  return {
    job_name: "services",
    // The services say themselves which they are.
    honor_labels: true,
    sample_limit: 5_000,
    authorization: { credentials_file: place.tokens.scrape },
    static_configs: [{ targets: topology.services.map(({ id }) => id) }],
    relabel_configs: [
      { source_labels: ["__address__"], target_label: "service" },
      { source_labels: ["__address__"], target_label: "instance" },
      {
        source_labels: ["__address__"],
        target_label: "__metrics_path__",
        replacement: "/prometheus/scrape/$1",
      },
      { target_label: "__address__", replacement: doorOf(topology, place) },
    ],
  };
}

function doorOf({ services }: Topology, { host }: Place): string {
  return `${host("monitoring")}:${services.find(({ id }) => id === "monitoring")?.port}`;
}

/** Alertmanager's configuration: what Monitoring does not find by itself is delivered to it. */
export function alertmanagerConfig(topology: Topology, place: Place): string {
  return stringify({
    route: {
      receiver: "monitoring",
      group_by: ["alertname", "service"],
      group_wait: "1s",
      group_interval: "10s",
      repeat_interval: "5m",
      // Of these Monitoring raises alerts of its own; a pager of yours belongs before this route.
      routes: [{ receiver: "nobody", matchers: ['covered_by="monitoring"'] }],
    },
    receivers: [
      {
        name: "monitoring",
        webhook_configs: [
          {
            url: `http://${doorOf(topology, place)}/alertmanager/alerts`,
            send_resolved: true,
            http_config: { authorization: { credentials_file: place.tokens.alerts } },
          },
        ],
      },
      { name: "nobody" },
    ],
    // What is down has no more to say about itself.
    inhibit_rules: [
      {
        source_matchers: ['alertname=~"service-down|sidecar-down"'],
        target_matchers: ['alertname!~"service-down|sidecar-down"'],
        equal: ["service"],
      },
    ],
  });
}

/** What docker-compose.yml mounts, by the files' names in deploy/compose. */
export function renderForContainers(): Record<string, string> {
  const topology = readTopology({});
  const heading = "# Written by `npm run dapr:yaml` from scripts/telemetry-config.ts: edit that.\n";
  return {
    "prometheus.yml": heading + prometheusConfig(topology, inContainers),
    "alertmanager.yml": heading + alertmanagerConfig(topology, inContainers),
  };
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(renderForContainers()))
    writeFileSync(join(repository, "deploy", "compose", name), text);
}
