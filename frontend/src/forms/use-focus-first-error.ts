import { nextTick } from "vue";

/** Moves the keyboard to the first field that is not right, once its message is on the page. */
export function useFocusFirstError() {
  return (form: HTMLElement) =>
    nextTick(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
