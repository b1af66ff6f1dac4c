import { createRouter, createWebHistory, type RouteRecordRaw, type RouterScrollBehavior } from "vue-router";
import ProductListPage from "./catalog/ProductListPage.vue";

const routes: RouteRecordRaw[] = [
  { path: "/", component: ProductListPage },
  { path: "/products/:slug", component: () => import("./catalog/ProductPage.vue"), props: true },
  { path: "/cart", component: () => import("./cart/CartPage.vue") },
  { path: "/checkout", component: () => import("./checkout/CheckoutPage.vue") },
  { path: "/orders", component: () => import("./orders/OrdersPage.vue") },
  { path: "/orders/:id", component: () => import("./orders/OrderPage.vue"), props: true },
  { path: "/ratings", component: () => import("./ratings/OwnRatingsPage.vue") },
  { path: "/sign-in", component: () => import("./session/SignInPage.vue") },
  { path: "/sign-up", component: () => import("./session/SignUpPage.vue") },
  {
    path: "/admin",
    component: () => import("./admin/AdminLayout.vue"),
    children: [
      { path: "", redirect: "/admin/overview" },
      { path: "overview", component: () => import("./operations/OverviewPage.vue") },
      { path: "charts", component: () => import("./operations/ChartsPage.vue") },
      { path: "sidecars", component: () => import("./operations/SidecarsPage.vue") },
      { path: "alerts", component: () => import("./operations/AlertsPage.vue") },
      { path: "orders", component: () => import("./admin/AdminOrdersPage.vue") },
      { path: "orders/:id", component: () => import("./sagas/AdminOrderPage.vue"), props: true },
      { path: "under-way", component: () => import("./sagas/UnderWayPage.vue") },
      { path: "logs", component: () => import("./logs/LogsPage.vue") },
      { path: "logs/routes", component: () => import("./logs/SlowRoutesPage.vue") },
      { path: "events", component: () => import("./logs/EventsPage.vue") },
      { path: "timeline", component: () => import("./logs/TimelinePage.vue") },
      { path: "ratings", component: () => import("./ratings/ModerationPage.vue") },
      { path: "products", component: () => import("./admin/AdminProductsPage.vue") },
      { path: "products/new", component: () => import("./admin/AddProductPage.vue") },
      { path: "products/:id", component: () => import("./admin/AdminProductPage.vue"), props: true },
    ],
  },
  { path: "/:path(.*)*", component: () => import("./layout/NotFoundPage.vue") },
];

/** Filters change the list in place; another page of it, or another route, starts at the top. */
const scrollBehavior: RouterScrollBehavior = (to, from, saved) => {
  if (saved) return saved;
  if (to.hash) return { el: to.hash };
  const sameList = to.path === from.path && to.query.page === from.query.page;
  return sameList ? false : { top: 0 };
};

export const createShopRouter = (history = createWebHistory()) =>
  createRouter({ history, routes, scrollBehavior });
