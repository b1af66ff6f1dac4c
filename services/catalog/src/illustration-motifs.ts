import type { Motif } from "./illustration-design.ts";

/** What a motif is coloured with: its body, its detail, a dark line and a light spot. */
export type MotifInks = { body: string; detail: string; dark: string; light: string };

const path = (d: string, colour: string) => `<path d="${d}" fill="${colour}"/>`;
const line = (d: string, colour: string, width: number) =>
  `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;
const disc = (x: number, y: number, r: number, colour: string) =>
  `<circle cx="${x}" cy="${y}" r="${r}" fill="${colour}"/>`;
const oval = (x: number, y: number, rx: number, ry: number, colour: string, turn = 0) =>
  `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${colour}"${turn ? ` transform="rotate(${turn} ${x} ${y})"` : ""}/>`;
const around = (count: number, part: string) =>
  Array.from({ length: count }, (_, i) => `<g transform="rotate(${(360 / count) * i})">${part}</g>`).join("");

/** Small pictures in a box from -12 to 12, each upright. */
export const drawMotif: Record<Motif, (inks: MotifInks) => string> = {
  anchor: ({ body, detail }) =>
    line("M0-6V10M-9 3Q-8 10 0 10Q8 10 9 3M-5-3H5", body, 2.8) +
    path("M-11.6 4.2L-8.8-.6L-6.2 4.4ZM11.6 4.2L8.8-.6L6.2 4.4Z", body) +
    `<circle cy="-8.4" r="2.4" fill="none" stroke="${detail}" stroke-width="2.2"/>`,
  avocado: ({ body, detail, dark, light }) =>
    path("M0-11C4.5-11 5-5 7.4-1C11 6 6 11 0 11S-11 6-7.4-1C-5-5-4.5-11 0-11Z", body) +
    path("M0-8.2C3-8.2 3.4-3.6 5.4 0C8 5.4 4.4 8.6 0 8.6S-8 5.4-5.4 0C-3.4-3.6-3-8.2 0-8.2Z", light) +
    disc(0, 3.2, 3.9, detail) +
    oval(-1.3, 1.9, 1.1, 0.8, dark, -40),
  bee: ({ body, detail, dark, light }) =>
    `<g transform="rotate(-16)">${oval(-1.5, -6, 4, 5.4, light, -24)}${oval(4, -6, 3.6, 5, light, 24)}` +
    oval(0.5, 2, 9, 6.4, body) +
    line("M-2.6-3.4Q-1.2 2-2.6 7.4M1.8-4Q3.4 2 1.8 8M6-2.6Q7.4 2 6 6.4", dark, 2.3) +
    disc(-6, 1, 1.1, dark) +
    line("M-7.4-2.4Q-9.4-6-11-5.4", detail, 1.3) +
    "</g>",
  bicycle: ({ body, detail }) =>
    `<g fill="none" stroke="${body}" stroke-width="1.9"><circle cx="-6.8" cy="4.2" r="4.8"/><circle cx="6.8" cy="4.2" r="4.8"/></g>` +
    line(
      "M-6.8 4.2L-3.2-3.4H4L6.8 4.2M-3.2-3.4L-.4 4.2L4-3.4M-6.8 4.2H-.4M-5-5.6H-1.6M-3.2-3.4L-3.8-5.6M4-3.4L3.2-7H6.4",
      detail,
      1.9,
    ),
  boat: ({ body, detail, light }) =>
    path("M-11 4H11Q9.4 10 5.6 10H-5.6Q-9.4 10-11 4Z", body) +
    path("M1-11V2H10Q8.4-6 1-11Z", light) +
    path("M-1-8V2H-8.6Q-6.4-3.6-1-8Z", detail),
  bolt: ({ body, detail }) =>
    path("M3.4-12L-8 2.4H-1L-3.4 12L8-2.8H1Z", body) + path("M3.4-12L-8 2.4H-5.6Z", detail),
  cactus: ({ body, detail, dark, light }) =>
    line("M0 10V-7", body, 7) +
    line("M-2 4H-5.4Q-8 4-8 1.4V-2M2 2H5.4Q8 2 8-.6V-5", body, 4.2) +
    line("M-1.4-5V-4M1.4-1V0M-1.4 3V4M1.4 7V8M-8-.6V0M8-3.4V-2.8", light, 1.2) +
    disc(0, -10.4, 2.6, detail) +
    disc(0, -10.4, 0.9, dark),
  cat: ({ body, detail, dark, light }) =>
    path("M-9.4-11L-4-6.6Q0-7.6 4-6.6L9.4-11Q11-3 9.6 2Q7.6 9.4 0 9.4T-9.6 2Q-11-3-9.4-11Z", body) +
    path("M-8-7.8L-5-5.4L-8.2-3.4ZM8-7.8L5-5.4L8.2-3.4Z", detail) +
    oval(-4, 0, 1.5, 2, dark) +
    oval(4, 0, 1.5, 2, dark) +
    path("M-1.5 3.4H1.5L0 5.2Z", detail) +
    line("M0 5.4Q-.6 7-2.4 6.8M0 5.4Q.6 7 2.4 6.8", dark, 0.9) +
    line("M-7 4L-11.4 3M-7 5.6L-11 6.4M7 4L11.4 3M7 5.6L11 6.4", light, 0.9),
  cherry: ({ body, detail, light }) =>
    line("M-5 4Q-4-5 4-10Q5-3 6 3", detail, 1.6) +
    path("M4-10Q11-12 11.4-6Q6-4.6 4-10Z", detail) +
    disc(-5.4, 6, 4.8, body) +
    disc(6, 5.4, 4.8, body) +
    oval(-7, 4.2, 1.2, 1.8, light, 30) +
    oval(4.4, 3.6, 1.2, 1.8, light, 30),
  cloud: ({ body, detail }) =>
    path("M-7 4A5 5 0 0 1-6.6-5.4A6.6 6.6 0 0 1 5.6-6.4A5.2 5.2 0 0 1 7 4Z", body) +
    line("M-5 7L-6 10M0 7L-1 10.4M5 7L4 10", detail, 2),
  coffee: ({ body, detail, dark }) =>
    path("M-8.6-2H5.4V5Q5.4 10 .4 10H-3.6Q-8.6 10-8.6 5Z", body) +
    line("M5.6 0H7.2Q10.4.4 9.8 3.6Q9.2 6.4 5.4 6.4", body, 2) +
    oval(-1.6, -2, 7, 1.7, dark) +
    line("M-4.4-5Q-6.2-7-4.4-8.6T-4.4-11.4M1.2-5Q-.6-7 1.2-8.6T1.2-11.4", detail, 1.7),
  daisy: ({ body, detail, light }) =>
    around(9, oval(0, -7, 2.5, 4.8, body)) + disc(0, 0, 3.9, detail) + oval(-1.1, -1.2, 1.1, 0.8, light, -40),
  dino: ({ body, detail, dark }) =>
    path(
      "M-12 7Q-8 6.6-6.4 2.6Q-4-3 1-2.4Q4.4-2 4.8-6Q5-11 8.8-11Q12-10.6 12-7.8Q11.4-6 8.6-6.2Q9 2 5.6 5.4V10.4H2.6V6.8H-2.4V10.4H-5.4V7Q-8 9.4-12 7Z",
      body,
    ) +
    path("M-5.4 0L-4.4-4.2L-2-2ZM-2-2.2L.4-5.8L1.8-2.6Z", detail) +
    disc(9, -8.6, 0.9, dark) +
    disc(-1.6, 1.6, 1.2, detail) +
    disc(2.2, 3, 1, detail),
  fish: ({ body, detail, dark, light }) =>
    path("M11 0Q6-7-1-6.6Q-5-6-7.4-2L-12-6Q-10.6 0-12 6L-7.4 2Q-5 6-1 6.6Q6 7 11 0Z", body) +
    line("M1.4-5.2Q-1 0 1.4 5.2M-2.6-4.6Q-4.8 0-2.6 4.6", detail, 1.8) +
    disc(6.2, -1.4, 1.9, light) +
    disc(6.5, -1.3, 0.9, dark),
  fox: ({ body, detail, dark, light }) =>
    path("M-10.6-11L-3.8-6.2Q0-7 3.8-6.2L10.6-11Q12-2 9 3L0 11L-9 3Q-12-2-10.6-11Z", body) +
    path("M-9-8L-5.4-5.2L-8.8-3ZM9-8L5.4-5.2L8.8-3Z", detail) +
    path("M-10.2.8Q-4-.6-1.6 4.6L0 11L-9 3ZM10.2.8Q4-.6 1.6 4.6L0 11L9 3Z", light) +
    disc(-4.2, -0.6, 1.4, dark) +
    disc(4.2, -0.6, 1.4, dark) +
    oval(0, 9.4, 1.9, 1.6, dark),
  leaf: ({ body, detail }) =>
    path("M0-12Q9.4-6 8 2Q6.6 8.4 0 9.4Q-6.6 8.4-8 2Q-9.4-6 0-12Z", body) +
    line("M0-7V12M0-2L4.4-4.6M0-2L-4.4-4.6M0 3.4L4.8.6M0 3.4L-4.8.6", detail, 1.5),
  lemon: ({ body, detail, light }) =>
    `<g transform="rotate(-28)">${path("M-12 .4Q-9.6-.8-8.6-3Q-5.6-7.6 0-7.6T8.6-3Q9.6-.8 12-.4Q9.8 1.4 8.6 3.4Q5.6 7.8 0 7.8T-8.6 3.4Q-9.6 1.2-12 .4Z", body)}` +
    `${line("M-5.4-2.6Q-3.4-5 0-5.2", light, 1.7)}${path("M7.4-5Q7.4-11.4 13-11Q13.6-5.4 7.4-5Z", detail)}</g>`,
  moon: ({ body, detail }) =>
    path("M2.4-11A11 11 0 1 0 10.4 5.6A9.4 9.4 0 0 1 2.4-11Z", body) +
    path("M7.6-8.6L8.8-5.4L12-4.4L8.8-3.4L7.6-.2L6.4-3.4L3.2-4.4L6.4-5.4Z", detail),
  mountain: ({ body, detail, dark, light }) =>
    disc(6.4, -6, 3.8, detail) +
    path("M0 9L6.4-2.6L12.4 9Z", dark) +
    path("M-12.4 9L-3-10L7 9Z", body) +
    path("M-3-10L-6.6-2.8L-4.2-4L-2.4-1.4L-.4-3.8L1-2.4Z", light),
  mushroom: ({ body, detail, light }) =>
    path("M-3.6 1H3.6Q3 7 5 10.4H-5Q-3 7-3.6 1Z", detail) +
    path("M-11 1.4Q-11-10 0-10T11 1.4Q5.6 4 0 4T-11 1.4Z", body) +
    disc(-5.4, -2.2, 2, light) +
    disc(0.6, -5.8, 2.2, light) +
    disc(6, -1.6, 1.7, light) +
    disc(0, 0.8, 1.2, light),
  paw: ({ body, detail }) =>
    path("M0-1.4Q4 -1 6 3.6Q8.4 9.6 3.6 9.8Q0 8.4-3.6 9.8Q-8.4 9.6-6 3.6Q-4-1 0-1.4Z", body) +
    oval(-8.6, -1.2, 2.3, 3.3, detail, -24) +
    oval(-3.4, -6.6, 2.4, 3.6, body, -8) +
    oval(3.4, -6.6, 2.4, 3.6, body, 8) +
    oval(8.6, -1.2, 2.3, 3.3, detail, 24),
  pine: ({ body, detail, light }) =>
    path("M-1.6 6H1.6V11.4H-1.6Z", detail) +
    path("M0-12L5-4.6H2.6L7 1H4.2L9 7.4H-9L-4.2 1H-7L-2.6-4.6H-5Z", body) +
    line("M-2-6.4L0-8.6M-3.4 0L-1-2.6M-5 6L-2 3", light, 1.1),
  rainbow: ({ body, detail, light }) =>
    line("M-10 7V4A10 10 0 0 1 10 4V7", body, 3.4) +
    line("M-6.6 7V4A6.6 6.6 0 0 1 6.6 4V7", detail, 3.4) +
    line("M-3.2 7V4A3.2 3.2 0 0 1 3.2 4V7", light, 3.2),
  rocket: ({ body, detail, dark, light }) =>
    `<g transform="rotate(32)">${path("M-4 3L-8 8V11L-3 8.6ZM4 3L8 8V11L3 8.6Z", detail)}` +
    `${path("M-2.4 9H2.4L0 13.4Z", detail)}${path("M0-13Q6-6 4.6 3Q4 7 3 9H-3Q-4 7-4.6 3Q-6-6 0-13Z", body)}` +
    `${disc(0, -2.4, 2.6, dark)}${disc(0, -2.4, 1.6, light)}</g>`,
  sheep: ({ body, dark, light, detail }) =>
    line("M-4 6V10.6M4 6V10.6", dark, 2) +
    path(
      "M-9 4Q-12.6 2-10 -1.6Q-10.6-6.4-5.6-6.6Q-3-10 1-7.4Q6-9.4 7.4-5Q12-4 10.4.6Q11 5 6.4 5.8Q3.4 8.6 0 6.4Q-5 8.8-9 4Z",
      body,
    ) +
    oval(8.6, -2.6, 3.4, 4.2, dark, -14) +
    disc(9.6, -3.6, 0.8, light) +
    oval(5.6, -5, 2.2, 1.1, detail, 24),
  snowflake: ({ body, detail }) =>
    around(6, line("M0 0V-11M0-7L-2.8-9.6M0-7L2.8-9.6M0-3.6L-2.2-5.4M0-3.6L2.2-5.4", body, 1.6)) +
    disc(0, 0, 1.9, detail),
  strawberry: ({ body, detail, light }) =>
    path("M0 11.4Q-9.4 5.4-9.4-2.4Q-8.6-7.4 0-6.6T9.4-2.4Q9.4 5.4 0 11.4Z", body) +
    line("M-5-1V0M0-2.4V-1.4M5-1V0M-2.8 3.4V4.4M2.8 3.4V4.4M0 7.4V8", light, 1.5) +
    path("M0-5L-7-4.4L-4.4-7.4L-6-10.4L-1.6-8.6L0-12L1.6-8.6L6-10.4L4.4-7.4L7-4.4Z", detail),
  sun: ({ body, detail }) => around(8, path("M-1.7-7.8H1.7L0-12.4Z", detail)) + disc(0, 0, 6.4, body),
  tent: ({ body, detail, dark, light }) =>
    line("M0-8L-1.6-11.4M0-8L1.6-11.4", light, 1.3) +
    path("M-12 9L0-9.4L12 9Z", body) +
    path("M0-3.4L4.6 9H-4.6Z", dark) +
    path("M0-3.4L4.6 9Q5-.6 0-3.4ZM0-3.4L-4.6 9Q-5-.6 0-3.4Z", detail),
  wave: ({ body, detail, light }) =>
    path("M-12 10Q-11 0-6-5.4Q0-11 6.4-7.6Q11-4.4 8.6.4Q7-3 3.4-2.4Q0-1.2 1.4 3.4Q3.4 8 12 7.4V10Z", body) +
    line("M-8.4 7Q-7.4 1-3.4-2.8M-4 8Q-3.4 4.4-1.8 2", detail, 1.6) +
    disc(10.6, -6.4, 1.2, light) +
    disc(8.4, -10, 1, light),
  whale: ({ body, detail, dark, light }) =>
    path(
      "M-12 1Q-11-6.6-3.4-6.6Q3-6.6 5.6-1.4Q6.6.6 8.6-1L7.6-5.6Q10-5.6 10.4-3.4Q11-5.8 13-6Q13.4-1 11.4 2Q8.4 8.6-1.4 8.6Q-11.4 8.6-12 1Z",
      body,
    ) +
    path("M-11.8 2.8Q-6 6 1 4.4Q4 4 6 6.6Q3 8.6-1.4 8.6Q-10.2 8.6-11.8 2.8Z", light) +
    disc(-7, -0.4, 1.1, dark) +
    line("M-4-8.4V-10.6M-4-10.6Q-6.6-12.4-7.4-10M-4-10.6Q-1.4-12.4-.6-10", detail, 1.5),
};
