/** What the administrator's navigation offers; a new section adds its line here and its route in router.ts. */
export const adminSections = [
  { path: "/admin/orders", label: "Fulfilment" },
  { path: "/admin/products", label: "Products & stock" },
  { path: "/admin/ratings", label: "Ratings" },
];
