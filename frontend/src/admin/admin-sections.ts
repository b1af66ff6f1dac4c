export type AdminSection = { path: string; label: string; badge?: "open-alerts" };

/** What the administrator's navigation offers; a new section adds its line here and its route in router.ts. */
export const adminSections: { title: string; sections: AdminSection[] }[] = [
  {
    title: "Operations",
    sections: [
      { path: "/admin/overview", label: "Overview" },
      { path: "/admin/alerts", label: "Alerts", badge: "open-alerts" },
      { path: "/admin/logs", label: "Logs" },
      { path: "/admin/events", label: "Events" },
      { path: "/admin/timeline", label: "Timeline" },
      { path: "/admin/charts", label: "Charts" },
      { path: "/admin/sidecars", label: "Sidecars" },
    ],
  },
  {
    title: "Shop",
    sections: [
      { path: "/admin/orders", label: "Fulfilment" },
      { path: "/admin/under-way", label: "Under way" },
      { path: "/admin/products", label: "Products & stock" },
      { path: "/admin/ratings", label: "Ratings" },
    ],
  },
];
