import type { Palette } from "./illustration-design.ts";

type Rgb = [number, number, number];

const channels = (hex: string): Rgb => {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
};
const toHex = (rgb: Rgb) => `#${rgb.map((c) => Math.round(c).toString(16).padStart(2, "0")).join("")}`;

/** `part` of the second colour in the first, 0 to 1. */
export function mix(first: string, second: string, part: number): string {
  const a = channels(first);
  const b = channels(second);
  return toHex([a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part, a[2] + (b[2] - a[2]) * part]);
}

/** Perceived brightness, 0 (black) to 1 (white). */
export function brightness(hex: string): number {
  const [r, g, b] = channels(hex);
  return (0.299 * r + 0.587 * g + 0.114 * b) / 255;
}

export function hueAndChroma(hex: string): { hue: number; chroma: number } {
  const [r, g, b] = channels(hex);
  const max = Math.max(r, g, b);
  const spread = max - Math.min(r, g, b);
  if (spread === 0) return { hue: 0, chroma: 0 };
  const sector =
    max === r ? ((g - b) / spread + 6) % 6 : max === g ? (b - r) / spread + 2 : (r - g) / spread + 4;
  return { hue: sector * 60, chroma: spread / 255 };
}

/** Hue in degrees, saturation and lightness 0 to 1. */
export function fromHsl(hue: number, saturation: number, lightness: number): string {
  const amplitude = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (n + (((hue % 360) + 360) % 360) / 30) % 12;
    return 255 * (lightness - amplitude * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return toHex([channel(0), channel(8), channel(4)]);
}

/** A dark relative of the colour for outlines and shade: never black, so that drawings stay soft. */
export function ink(hex: string): string {
  const { hue, chroma } = hueAndChroma(hex);
  return fromHsl(hue, Math.min(0.5, 0.16 + chroma * 0.5), 0.17 + brightness(hex) * 0.09);
}

/** The pale ground the sock stands before, in a hue of its own palette and away from its brightness. */
export function backdrop(colours: Palette): { ground: string; glow: string } {
  const voice = colours.find((colour) => hueAndChroma(colour).chroma > 0.22) ?? colours[0];
  const { hue, chroma } = hueAndChroma(voice);
  const pale = brightness(colours[0]) > 0.78;
  const saturation = chroma < 0.06 ? 0.08 : Math.min(0.62, 0.22 + chroma * 0.45);
  return pale
    ? { ground: fromHsl(hue, saturation * 1.15, 0.86), glow: fromHsl(hue, saturation * 1.15, 0.9) }
    : { ground: fromHsl(hue, saturation, 0.92), glow: fromHsl(hue, saturation * 0.9, 0.965) };
}
