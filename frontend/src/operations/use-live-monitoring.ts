import type { AlertPage, Sight, WatchedServices } from "@sockshop/contracts/monitoring.ts";
import type { ShopMap } from "@sockshop/contracts/shop-map.ts";
import { useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, type Ref, ref, watch } from "vue";
import { useAnnouncements } from "../announcements.ts";
import { api, monitoringStreamUrl } from "../api.ts";
import { useLiveStream } from "./live-stream.ts";
import { bySeverity } from "./severity.ts";

const openAlertsKey = ["monitoring", "alerts", "open"];
const servicesKey = ["monitoring", "services"];
const mapKey = ["monitoring", "map"];
/** The stream brings what changes; asking now and then is for the time without it. */
const askAnyway = { staleTime: 5_000, refetchInterval: 30_000 };

export const useOpenAlerts = () =>
  useQuery({
    queryKey: openAlertsKey,
    queryFn: () => api.alerts({ status: "open", pageSize: 100 }),
    ...askAnyway,
  });
export const useWatchedServices = () =>
  useQuery({ queryKey: servicesKey, queryFn: () => api.services(), ...askAnyway });

export const useShopMap = () => useQuery({ queryKey: mapKey, queryFn: () => api.shopMap(), ...askAnyway });

/** What Monitoring tells as it happens, put where the pages read it; open while somebody is in the console. */
export function useLiveMonitoring() {
  const client = useQueryClient();
  const { data: openAlerts } = useOpenAlerts();
  const blindSince = ref<string>();
  const { connection } = useLiveStream(monitoringStreamUrl, {
    services: (data) =>
      client.setQueryData<WatchedServices>(servicesKey, (known) => ({
        ...known,
        ...(data as WatchedServices),
      })),
    sight: (data) => (blindSince.value = (data as Sight).blindSince),
    map: (data) => client.setQueryData(mapKey, data as ShopMap),
    alerts(data) {
      client.setQueryData(openAlertsKey, data as AlertPage);
      void client.invalidateQueries({ queryKey: ["monitoring", "past-alerts"] });
    },
  });
  announceNewAlerts(openAlerts);
  return { connection, blindSince, openAlerts: computed(() => openAlerts.value) };
}

/** Says aloud what was raised since the console was opened; many at once as their number. */
function announceNewAlerts(openAlerts: Ref<AlertPage | undefined>) {
  const { announce } = useAnnouncements();
  const known = new Set<string>();
  watch(
    openAlerts,
    (page, before) => {
      if (!page) return;
      const raised = page.items.filter(({ id }) => !known.has(id));
      for (const { id } of raised) known.add(id);
      if (!before || raised.length === 0) return;
      const worst = bySeverity(raised)[0];
      if (raised.length > 1) announce(`${raised.length} alerts were raised, see Alerts.`, "bad");
      else if (worst) announce(`Alert: ${worst.summary}`, worst.severity === "info" ? "good" : "bad");
    },
    { immediate: true },
  );
}
