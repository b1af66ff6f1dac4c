import { computed, ref } from "vue";
import { useRoute, useRouter } from "vue-router";
import { useFocusFirstError } from "../forms/use-focus-first-error.ts";
import { fieldErrors } from "../problem-error.ts";
import { safeReturn } from "./safe-return.ts";

/** Runs a sign-in or sign-up once at a time and goes back to where the visitor came from. */
export function useEntrance(enter: () => Promise<void>) {
  const route = useRoute();
  const router = useRouter();
  const error = ref<unknown>();
  const isPending = ref(false);
  const focusFirstError = useFocusFirstError();

  async function submit(event: Event) {
    if (isPending.value) return;
    const form = event.currentTarget as HTMLFormElement;
    isPending.value = true;
    error.value = undefined;
    try {
      await enter();
      await router.replace(safeReturn(route.query.return));
    } catch (caught) {
      error.value = caught;
      focusFirstError(form);
    } finally {
      isPending.value = false;
    }
  }

  return { submit, error, isPending, fields: computed(() => fieldErrors(error.value)) };
}
