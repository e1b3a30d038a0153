import { replaceUnprintable } from "../printable.ts";

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element with its attributes and, already as XML, its children. Fractions are cut to a tenth. */
export function element(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const given = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeXml(typeof value === "number" ? String(Math.round(value * 10) / 10) : String(value))}"`)
    .join("");
  return children.length === 0 ? `<${name}${given}/>` : `<${name}${given}>${children.join("")}</${name}>`;
}

/** `text` as the content of an element or attribute. */
export function escapeXml(text: string): string {
  return replaceUnprintable(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
