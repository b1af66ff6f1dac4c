import type { Cart } from "@sockshop/contracts/cart.ts";
import type {
  newProduct,
  Product,
  productChange,
  productPage,
  stockChange,
  Variant,
} from "@sockshop/contracts/catalog.ts";
import type {
  EventPage,
  errorCounts,
  LogPage,
  Period,
  routeTimes,
  Timeline,
} from "@sockshop/contracts/logging.ts";
import type {
  Alert,
  AlertPage,
  AlertStatus,
  Chart,
  ChartList,
  ChartName,
  WatchedServices,
} from "@sockshop/contracts/monitoring.ts";
import type { Order, OrderStatus, orderAccepted, orderPage, placeOrder } from "@sockshop/contracts/order.ts";
import type { OpenSagas, OrderSaga, SagaFilter } from "@sockshop/contracts/order-saga.ts";
import type {
  helpfulVote,
  ModeratedRating,
  moderatedRatings,
  newRating,
  OwnRating,
  OwnRatings,
  ProductRatingPage,
  RatingStatus,
  ratingEdit,
} from "@sockshop/contracts/rating.ts";
import type { ShopMap, SidecarsPage } from "@sockshop/contracts/shop-map.ts";
import type { Traces } from "@sockshop/contracts/tracing.ts";
import type { z } from "zod";
import { queryString, request } from "./request.ts";

export type ProductPage = z.infer<typeof productPage>;
export type OrderPage = z.infer<typeof orderPage>;
export type OrderAccepted = z.infer<typeof orderAccepted>;
export type PlaceOrder = z.input<typeof placeOrder>;
export type NewProduct = z.input<typeof newProduct>;
export type ProductChange = z.input<typeof productChange>;
export type StockChange = z.input<typeof stockChange>;
export type NewRating = z.input<typeof newRating>;
export type RatingEdit = z.input<typeof ratingEdit>;
export type HelpfulVote = z.infer<typeof helpfulVote>;
export type ModerationPage = z.infer<typeof moderatedRatings>;
export type RatingSort = "newest" | "helpful";
export type Account = {
  id: string;
  name: string;
  /** Guests have none. */
  email?: string;
  role: "guest" | "customer" | "admin";
  isAnonymous: boolean;
};
export type Credentials = { email: string; password: string };
type Query = Record<string, string | number | boolean | undefined>;
type Cancel = { signal?: AbortSignal };

const at = (id: string) => encodeURIComponent(id);

/** Every call the storefront makes; each throws ProblemError or UnreachableError. */
export const api = {
  products: (query: Query, { signal }: Cancel = {}) =>
    request<ProductPage>("/catalog/products", { query, ...(signal && { signal }) }),
  product: (idOrSlug: string) => request<Product>(`/catalog/products/${at(idOrSlug)}`),
  addProduct: (body: NewProduct) => request<Product>("/catalog/products", { method: "POST", body }),
  changeProduct: (id: string, body: ProductChange) =>
    request<Product>(`/catalog/products/${at(id)}`, { method: "PATCH", body }),
  retireProduct: (id: string) => request<void>(`/catalog/products/${at(id)}`, { method: "DELETE" }),
  changeStock: (sku: string, body: StockChange) =>
    request<Variant>(`/catalog/variants/${at(sku)}/stock`, { method: "POST", body }),

  cart: () => request<Cart>("/cart"),
  addToCart: (body: { sku: string; quantity: number }) =>
    request<Cart>("/cart/items", { method: "POST", body }),
  setQuantity: (sku: string, quantity: number) =>
    request<Cart>(`/cart/items/${at(sku)}`, { method: "PUT", body: { quantity } }),
  removeFromCart: (sku: string) => request<Cart>(`/cart/items/${at(sku)}`, { method: "DELETE" }),

  placeOrder: (body: PlaceOrder, idempotencyKey: string) =>
    request<OrderAccepted>("/orders", {
      method: "POST",
      body,
      headers: { "idempotency-key": idempotencyKey },
    }),
  orders: (query: Query & { status?: OrderStatus | undefined }) => request<OrderPage>("/orders", { query }),
  order: (id: string) => request<Order>(`/orders/${at(id)}`),
  orderAction: (id: string, action: OrderAction) =>
    request<Order>(`/orders/${at(id)}/${action}`, { method: "POST" }),

  orderSaga: (id: string) => request<OrderSaga>(`/orders/${at(id)}/saga`),
  openSagas: (query: { filter: SagaFilter; page: number; pageSize: number }) =>
    request<OpenSagas>("/orders/sagas", { query }),

  productRatings: (productId: string, query: { sort: RatingSort; page: number; pageSize: number }) =>
    request<ProductRatingPage>(`/ratings/products/${at(productId)}`, { query }),
  ownRatings: (query: { productId?: string; orderId?: string; page?: number; pageSize?: number }) =>
    request<OwnRatings>("/ratings/mine", { query }),
  rate: (body: NewRating) => request<OwnRating>("/ratings", { method: "POST", body }),
  editRating: (id: string, body: RatingEdit) =>
    request<OwnRating>(`/ratings/${at(id)}`, { method: "PUT", body }),
  voteHelpful: (id: string, helpful: boolean) =>
    request<HelpfulVote>(`/ratings/${at(id)}/helpful`, { method: helpful ? "POST" : "DELETE" }),
  ratingsByStatus: (query: { status: RatingStatus; page: number; pageSize: number }) =>
    request<ModerationPage>("/ratings", { query }),
  approveRating: (id: string, revision: number) =>
    request<ModeratedRating>(`/ratings/${at(id)}/approve`, { method: "POST", body: { revision } }),
  rejectRating: (id: string, body: { reason: string; revision: number }) =>
    request<ModeratedRating>(`/ratings/${at(id)}/reject`, { method: "POST", body }),

  shopMap: () => request<ShopMap>("/monitoring/map"),
  sidecars: () => request<SidecarsPage>("/monitoring/sidecars"),
  charts: () => request<ChartList>("/monitoring/charts"),
  chart: (name: ChartName, minutes: number) =>
    request<Chart>(`/monitoring/metrics/${name}`, { query: { minutes } }),
  services: () => request<WatchedServices>("/monitoring/services"),
  alerts: (query: { status: AlertStatus | "open" | "all"; page?: number; pageSize?: number }) =>
    request<AlertPage>("/monitoring/alerts", { query }),
  acknowledgeAlert: (id: string) =>
    request<Alert>(`/monitoring/alerts/${at(id)}/acknowledge`, { method: "POST" }),

  logs: (query: Query, { signal }: Cancel) => request<LogPage>("/logs", { query, ...(signal && { signal }) }),
  events: (query: Query, { signal }: Cancel) =>
    request<EventPage>("/logs/events", { query, ...(signal && { signal }) }),
  timeline: (query: { orderId?: string; traceId?: string }) => request<Timeline>("/logs/timeline", { query }),
  errorCounts: (query: Period & { step: number }) =>
    request<z.infer<typeof errorCounts>>("/logs/errors", { query }),
  routeTimes: (query: Period) => request<z.infer<typeof routeTimes>>("/logs/routes", { query }),
  traces: () => request<Traces>("/traces"),

  session: async () => (await request<{ user: Account } | null>("/auth/get-session"))?.user ?? null,
  signUp: (body: Credentials & { name: string }) =>
    request<unknown>("/auth/sign-up/email", { method: "POST", body }),
  signIn: (body: Credentials) => request<unknown>("/auth/sign-in/email", { method: "POST", body }),
  signOut: () => request<unknown>("/auth/sign-out", { method: "POST", body: {} }),
};

export type OrderAction = "cancel" | "ship" | "deliver" | "refund";

export const monitoringStreamUrl = "/api/monitoring/stream";
export const logStreamUrl = (query: Query) => `/api/logs/stream${queryString(query)}`;
export const eventStreamUrl = (query: Query) => `/api/logs/events/stream${queryString(query)}`;
export const orderEventsUrl = (id: string) => `/api/orders/${at(id)}/events`;
