import type { Service } from "../topology.ts";
import { daprAnnotations, labels, podSpec } from "./pod.ts";
import { replicas } from "./settings.ts";
import type { Manifest } from "./validation.ts";

/** Everything that runs one service: its account, its pods, and how many of them there must and may be. */
export function serviceManifests(service: Service): Manifest[] {
  const { min, max } = replicas[service.id];
  const metadata = { name: service.id, labels: labels(service.id) };
  const selector = { matchLabels: { "app.kubernetes.io/name": service.id } };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        // Left out where the autoscaler decides, so that applying this again does not undo it.
        ...(min === max && { replicas: min }),
        selector,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: {
          metadata: { labels: labels(service.id), annotations: daprAnnotations(service) },
          spec: podSpec(service),
        },
      },
    },
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata,
      spec: { maxUnavailable: 1, selector },
    },
    ...(min === max ? [] : [autoscaler(service, min, max)]),
    ...(service.id === "gateway" ? [publicDoor(service)] : []),
  ];
}

/** By the app's own container: the sidecar's work follows it. */
function autoscaler({ id }: Service, minReplicas: number, maxReplicas: number): Manifest {
  const target = { type: "Utilization", averageUtilization: 70 };
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: id, labels: labels(id) },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: id },
      minReplicas,
      maxReplicas,
      metrics: [{ type: "ContainerResource", containerResource: { name: "cpu", container: id, target } }],
      // A burst is met at once; what came for it leaves after ten quiet minutes.
      behavior: { scaleDown: { stabilizationWindowSeconds: 600 } },
    },
  };
}

/** Only the gateway has a Service of its own: the others are reached by app-id, sidecar to sidecar. */
function publicDoor({ id }: Service): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: id, labels: labels(id) },
    spec: {
      selector: { "app.kubernetes.io/name": id },
      ports: [{ name: "http", port: 80, targetPort: "http", appProtocol: "http" }],
    },
  };
}
