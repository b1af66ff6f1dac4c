import { join } from "node:path";
import { stringify } from "yaml";
import { repository } from "./state-folder.ts";
import type { Topology } from "./topology.ts";

/** The rules that every shop has, wherever it runs. */
export const rulesFile = join(repository, "deploy", "prometheus", "rules.yaml");

/** Files with one secret each, which only their owner can read. */
export interface TokenFiles {
  scrape: string;
  alerts: string;
}

const loopback = (port: number) => `127.0.0.1:${port}`;
const labelled = (service: string, port: number) => ({ targets: [loopback(port)], labels: { service } });

/** What a sidecar tells of workflows, pub/sub, calls and itself; its other series grow with what it talks about. */
const keptOfSidecars =
  "up|go_goroutines|process_(cpu_seconds_total|resident_memory_bytes|start_time_seconds)|dapr_runtime_(workflow|component|mtls|actor)_.*|dapr_component_pubsub_.*|dapr_resiliency_.*|dapr_error_code_total";

/** Prometheus' configuration: every service through Monitoring and the sidecars, and Dapr's own metrics ports. */
export function prometheusConfig(
  topology: Topology,
  tokens: TokenFiles,
  { targetsFolder }: { targetsFolder: string },
): string {
  const { services, supporting } = topology;
  return stringify({
    global: { scrape_interval: "10s", scrape_timeout: "8s", evaluation_interval: "10s" },
    rule_files: [rulesFile],
    alerting: {
      alertmanagers: [{ static_configs: [{ targets: [loopback(supporting.ALERTMANAGER_PORT)] }] }],
    },
    scrape_configs: [
      serviceJob(topology, tokens),
      {
        job_name: "sidecars",
        sample_limit: 20_000,
        static_configs: services.map(({ id, daprMetricsPort }) => labelled(id, daprMetricsPort)),
        metric_relabel_configs: [{ source_labels: ["__name__"], regex: keptOfSidecars, action: "keep" }],
      },
      {
        job_name: "dapr",
        sample_limit: 20_000,
        static_configs: [
          labelled("placement", supporting.PLACEMENT_METRICS_PORT),
          labelled("scheduler", supporting.SCHEDULER_METRICS_PORT),
        ],
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
        file_sd_configs: [{ files: [`${targetsFolder}/*.yaml`], refresh_interval: "5s" }],
      },
    ],
  });
}

/** An app answers its sidecar only, so Monitoring's door is asked, which goes through both sidecars. */
function serviceJob({ services }: Topology, tokens: TokenFiles) {
  const door = services.find(({ id }) => id === "monitoring")?.port ?? 0;
  return {
    job_name: "services",
    // The services say themselves which they are.
    honor_labels: true,
    sample_limit: 5_000,
    authorization: { credentials_file: tokens.scrape },
    static_configs: [{ targets: services.map(({ id }) => id) }],
    relabel_configs: [
      { source_labels: ["__address__"], target_label: "service" },
      { source_labels: ["__address__"], target_label: "instance" },
      {
        source_labels: ["__address__"],
        target_label: "__metrics_path__",
        replacement: "/prometheus/scrape/$1",
      },
      { target_label: "__address__", replacement: loopback(door) },
    ],
  };
}

/** Alertmanager's configuration: what Monitoring does not find by itself is delivered to it. */
export function alertmanagerConfig(topology: Topology, tokens: TokenFiles): string {
  const door = topology.services.find(({ id }) => id === "monitoring")?.port ?? 0;
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
            url: `http://${loopback(door)}/alertmanager/alerts`,
            send_resolved: true,
            http_config: { authorization: { credentials_file: tokens.alerts } },
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
