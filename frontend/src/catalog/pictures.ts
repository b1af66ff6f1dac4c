const drawn = /^\/api\/catalog\/images\/[^?]+$/;

export const isColourOption = (name: string): boolean => /^colou?r$/i.test(name);

/** A product's picture in the colour of these options, where the shop draws it itself. */
export function pictureIn(image: string, options: Record<string, string>): string {
  const colour = Object.entries(options).find(([name]) => isColourOption(name))?.[1];
  return colour && drawn.test(image) ? `${image}?${new URLSearchParams({ colour })}` : image;
}

/** The picture that tells a colour from the others; nothing where there is one picture for all. */
export const colourPicture = (image: string | undefined, colour: string): string | undefined =>
  image && drawn.test(image) ? pictureIn(image, { colour }) : undefined;
