import type { Domain } from "../../../definition/model/definition.ts";
import { createDomainMap } from "../../domain/domain-map.ts";
import { drawDomainDot, drawDomainMermaid, writeDomainJson } from "../../domain/draw-domain-text.ts";
import { readCode } from "../../domain/read-code.ts";
import type { PictureFormat } from "../../picture-format.ts";
import { drawDomainSvg } from "./draw-domain-svg.ts";

/** The map of a domain that was loaded, as text in `format`. It reads the files of the domain's handlers. */
export async function drawLoadedDomain(domain: Domain, format: PictureFormat): Promise<string> {
  const map = createDomainMap(domain, await readCode(domain));
  if (format === "json") return writeDomainJson(map);
  if (format === "mermaid") return drawDomainMermaid(map);
  return format === "dot" ? drawDomainDot(map) : drawDomainSvg(map);
}
