import { defineStore } from "pinia";
import { ref } from "vue";

export type Announcement = { id: number; text: string; tone: "good" | "bad" };

const shownForMs = { good: 5000, bad: 9000 };

/** Short feedback shown in a corner and read out by screen readers. */
export const useAnnouncements = defineStore("announcements", () => {
  const items = ref<Announcement[]>([]);
  let last = 0;

  function announce(text: string, tone: Announcement["tone"] = "good") {
    const id = ++last;
    items.value = [...items.value.filter((item) => item.text !== text), { id, text, tone }].slice(-3);
    setTimeout(() => dismiss(id), shownForMs[tone]);
  }

  function dismiss(id: number) {
    items.value = items.value.filter((item) => item.id !== id);
  }

  return { items, announce, dismiss };
});
