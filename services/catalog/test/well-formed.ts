const tag =
  /<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<&]*(?:&(?:amp|lt|gt|quot|#39);[^"<&]*)*")*)\s*(\/?)>/y;
const text = /(?:[^<&>]|&(?:amp|lt|gt|quot|#39);)+/y;

/** Throws where a document is not well-formed XML of the plain kind we write (no comments, no declarations). */
export function assertWellFormed(xml: string): void {
  const open: string[] = [];
  for (let at = 0; at < xml.length; ) {
    text.lastIndex = tag.lastIndex = at;
    const found = tag.exec(xml);
    if (!found && !text.test(xml)) throw new Error(`not XML at ${at}: ${xml.slice(at, at + 60)}`);
    at = found ? tag.lastIndex : text.lastIndex;
    if (!found) continue;
    const [, closing, name, attributes = "", empty] = found;
    const names = [...attributes.matchAll(/([\w:-]+)="/g)].map(([, attribute]) => attribute);
    if (new Set(names).size !== names.length) throw new Error(`an attribute twice: ${found[0]}`);
    if (closing && open.pop() !== name) throw new Error(`</${name}> closes something else at ${at}`);
    if (!closing && !empty) open.push(name as string);
    if (open.length === 0 && at < xml.length) throw new Error(`more than one root, at ${at}`);
  }
  if (open.length > 0) throw new Error(`<${open.at(-1)}> is never closed`);
}
