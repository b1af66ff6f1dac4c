import { VueQueryPlugin } from "@tanstack/vue-query";
import { createPinia } from "pinia";
import { createApp } from "vue";
import App from "./App.vue";
import { createQueryClient } from "./query-client.ts";
import { createShopRouter } from "./router.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";

createApp(App)
  .use(createPinia())
  .use(createShopRouter())
  .use(VueQueryPlugin, { queryClient: createQueryClient() })
  .mount("#app");
