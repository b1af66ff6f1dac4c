import type { Product, Variant } from "@sockshop/contracts/catalog.ts";
import { computed, type Ref } from "vue";
import { isColourOption } from "./pictures.ts";

export type Choice = { value: string; chosen: boolean; soldOut: boolean };
export type ChoiceGroup = { name: string; choices: Choice[] };

/**
 * Which variant is looked at, and what each option would lead to. `sku` is where the choice is kept; without one
 * that exists, the first variant that can be had is chosen.
 */
export function useVariantChoice(product: Ref<Product | undefined>, sku: Ref<string | undefined>) {
  const variants = computed(() => product.value?.variants ?? []);
  const chosen = computed(
    () =>
      variants.value.find((variant) => variant.sku === sku.value) ??
      variants.value.find(({ available }) => available > 0) ??
      variants.value[0],
  );

  const groups = computed<ChoiceGroup[]>(() => {
    const names = [...new Set(variants.value.flatMap(({ options }) => Object.keys(options)))];
    const coloursFirst = [...names.filter(isColourOption), ...names.filter((name) => !isColourOption(name))];
    return coloursFirst.map((name) => ({ name, choices: choicesOf(name) }));
  });

  function choicesOf(name: string): Choice[] {
    const values = new Set(variants.value.map(({ options }) => options[name] ?? ""));
    values.delete("");
    return [...values].map((value) => ({
      value,
      chosen: chosen.value?.options[name] === value,
      soldOut: (variantWith(name, value)?.available ?? 0) <= 0,
    }));
  }

  /** The variant with this option that shares most of the other options with the chosen one. */
  function variantWith(name: string, value: string): Variant | undefined {
    const wanted = { ...chosen.value?.options, [name]: value };
    const kinship = ({ options }: Variant) =>
      Object.entries(wanted).filter(([option, is]) => options[option] === is).length;
    return variants.value
      .filter(({ options }) => options[name] === value)
      .reduce<Variant | undefined>(
        (best, next) => (best && kinship(best) >= kinship(next) ? best : next),
        undefined,
      );
  }

  return {
    chosen,
    groups,
    choose(name: string, value: string) {
      sku.value = variantWith(name, value)?.sku;
    },
  };
}
