import { expect, test } from "vitest";
import { ofKind } from "./manifests.ts";

type Selector = { matchLabels?: Record<string, string>; matchExpressions?: unknown };
type Peer = { podSelector?: Selector; namespaceSelector?: Selector; ipBlock?: unknown };
type Port = { port?: number | string; protocol?: string };
type Rule = { from?: Peer[]; to?: Peer[]; ports?: Port[] };
type Policy = { podSelector: Selector; policyTypes: string[]; ingress?: Rule[]; egress?: Rule[] };

// One line a rule, `peers : ports`; pods are called by their labels, those of another namespace after `its labels /`.
// A kind of traffic that a policy closes without a rule has an empty list, and one that it does not touch has none.
const allowed = {
  "nothing-else on every pod": { from: [], to: [] },
  "names on every pod": { to: ["name=kube-system / k8s-app=kube-dns : UDP 53, 53"] },
  "services on component=service": {
    from: ["component=service : 50002"],
    to: [
      "component=service : 50002",
      "cluster=postgres : 5432",
      "name=redis : 6379",
      "name=dapr-system / every pod : 50001, 6500, 50005, 50006",
    ],
  },
  "redis on name=redis": { from: ["component=service : 6379"] },
  "postgres on cluster=postgres": {
    from: [
      "component=service, cluster=postgres : 5432",
      "name=cnpg-system / every pod, cluster=postgres : 8000",
    ],
    to: ["cluster=postgres : 5432, 8000", "everybody : 443, 6443, 8443, 16443"],
  },
  "entry on name=gateway": { from: ["sockshop/entry=true / every pod, gateway-name=shop : http"] },
  "entry-proxy on gateway-name=shop": {
    from: ["everybody : every port"],
    to: ["everybody : every port"],
  },
  "scraping on component=service": { from: ["name=monitoring / name=prometheus : http, 9090"] },
  "scraping-postgres on cluster=postgres": { from: ["name=monitoring / name=prometheus : 9187"] },
};

test("nothing may talk to anything, but for exactly these peers on these ports", () => {
  const policies = ofKind("NetworkPolicy").map(({ metadata, spec }) => {
    const policy = spec as Policy;
    return [`${metadata.name} on ${labels(policy.podSelector)}`, rulesOf(policy)];
  });
  expect(Object.fromEntries(policies)).toEqual(allowed);
  expect(policies.length).toBe(Object.keys(allowed).length);
});

test.each([
  ["a rule whose list of peers is empty", { from: [], ports: [{ port: 80 }] }, "everybody : 80"],
  ["a rule without ports", { from: [{ podSelector: {} }] }, "every pod : every port"],
  [
    "a range of addresses",
    { from: [{ ipBlock: { cidr: "0.0.0.0/0" } }] },
    '{"cidr":"0.0.0.0/0"} : every port',
  ],
])("%s is read as what it opens", (_, rule, line) => {
  expect(rulesOf({ podSelector: {}, policyTypes: ["Ingress"], ingress: [rule] })).toEqual({ from: [line] });
});

function rulesOf({ policyTypes, ingress = [], egress = [] }: Policy) {
  return {
    ...(policyTypes.includes("Ingress") && { from: ingress.map(({ from, ports }) => line(from, ports)) }),
    ...(policyTypes.includes("Egress") && { to: egress.map(({ to, ports }) => line(to, ports)) }),
  };
}

/** Kubernetes takes a list that is missing or empty for everybody, and for every port. */
function line(peers: Peer[] = [], ports: Port[] = []): string {
  const named = ports.map(({ port = "every port", protocol = "TCP" }) =>
    protocol === "TCP" ? String(port) : `${protocol} ${port}`,
  );
  return `${peers.map(nameOf).join(", ") || "everybody"} : ${named.join(", ") || "every port"}`;
}

function nameOf({ podSelector, namespaceSelector, ipBlock }: Peer): string {
  if (ipBlock) return JSON.stringify(ipBlock);
  const pods = labels(podSelector);
  return namespaceSelector ? `${labels(namespaceSelector, "every namespace")} / ${pods}` : pods;
}

/** Labels of the usual families go by their last word. */
function labels({ matchLabels = {}, matchExpressions }: Selector = {}, all = "every pod"): string {
  const pairs = Object.entries(matchLabels).map(
    ([name, value]) =>
      `${name.replace(/^(app|gateway\.networking)?\.?(k8s|kubernetes|cnpg)\.io\/(metadata\.)?/, "")}=${value}`,
  );
  if (matchExpressions) pairs.push(JSON.stringify(matchExpressions));
  return pairs.join(" & ") || all;
}
