/** An element of a document that {@link readXml} has read. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** What is directly in it, entities resolved. */
  readonly text: string;
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

const TAG = /<(?:\/([\w:-]+)\s*|([\w:-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?))>/y;
// XML 1.0, section 2.2: "Characters".
const ALLOWED = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;

/**
 * Reads a document of elements, attributes in double quotes and text, by the rules of XML 1.0.
 * @throws Error for what is not well-formed
 */
export function readXml(xml: string): XmlElement {
  if (!ALLOWED.test(xml)) fail("a character that XML cannot hold");
  const document: OpenElement = { name: "", attributes: {}, children: [], text: "" };
  const open = [document];
  for (let at = 0; at < xml.length;) {
    const current = open.at(-1)!;
    if (xml[at] !== "<") {
      const end = xml.indexOf("<", at) === -1 ? xml.length : xml.indexOf("<", at);
      current.text += resolve(xml.slice(at, end));
      at = end;
      continue;
    }
    TAG.lastIndex = at;
    const [tag, closing, opening, attributes, empty] = TAG.exec(xml) ?? fail(`no tag: ${xml.slice(at, at + 60)}`);
    at += tag.length;
    if (closing !== undefined) {
      if (open.length === 1 || open.pop()!.name !== closing) fail(`</${closing}> closes ${current.name}`);
    } else {
      const element: OpenElement = { name: opening!, attributes: readAttributes(attributes ?? ""), children: [], text: "" };
      current.children.push(element);
      if (empty === "") open.push(element);
    }
  }
  if (open.length > 1 || document.children.length !== 1 || document.text.trim() !== "") fail("not one element that is closed");
  return document.children[0]!;
}

/** `element` and all below it. */
export function listElements(element: XmlElement): readonly XmlElement[] {
  return [element, ...element.children.flatMap(listElements)];
}

export function hasClass({ attributes }: XmlElement, name: string): boolean {
  return (attributes.class ?? "").split(" ").includes(name);
}

function readAttributes(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, resolve(value)] as const);
  if (new Set(pairs.map(([name]) => name)).size !== pairs.length) fail(`an attribute twice: ${text}`);
  return Object.fromEntries(pairs);
}

function resolve(text: string): string {
  const entities = new Map([
    ["amp;", "&"],
    ["lt;", "<"],
    ["gt;", ">"],
    ["quot;", '"'],
    ["apos;", "'"],
  ]);
  return text.replace(/&(\w*;?)/g, (_, name: string) => entities.get(name) ?? fail(`no entity: &${name}`));
}

function fail(reason: string): never {
  throw new Error(`not well-formed: ${reason}`);
}
