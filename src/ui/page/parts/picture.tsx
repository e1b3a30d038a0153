import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiError, getPicture } from "./api.ts";
import { Failure, Loading } from "./bits.tsx";
import { toApiError } from "./use-answer.ts";

/**
 * A picture that the server has drawn. The last one stays until the next is there. Its style is its own, in a shadow tree: as a sheet that was
 * made by a script, because the page runs no style but its own.
 */
export function Picture({
  address,
  label,
  onDrawn,
}: {
  readonly address: string;
  readonly label: string;
  readonly onDrawn?: (svg: SVGSVGElement) => void;
}) {
  const host = useRef<HTMLDivElement>(null);
  const [error, setError] = useState<ApiError>();
  const [isDrawn, setDrawn] = useState(false);
  const [isWide, setWide] = useState(false);
  const [isWhole, setWhole] = useState(false);
  useEffect(() => {
    let isWanted = true;
    const show = async () => {
      const picture = await getPicture(address);
      if (!isWanted || host.current === null) return;
      setError(undefined);
      setDrawn(true);
      const svg = draw(host.current, picture, label);
      if (svg === undefined) return;
      setWide(Number(svg.getAttribute("width")) > host.current.clientWidth + 1);
      onDrawn?.(svg);
    };
    show().catch((reason: unknown) => isWanted && setError(toApiError(reason)));
    return () => {
      isWanted = false;
    };
  }, [address, onDrawn]);
  return (
    <>
      <Failure error={error} />
      {!isDrawn && error === undefined && <Loading />}
      <div
        class={isWhole ? "picture whole" : "picture"}
        ref={host}
        hidden={error !== undefined}
        tabIndex={0}
        role="group"
        aria-label={label}
      />
      {(isWide || isWhole) && error === undefined && (
        <button type="button" class="plain" onClick={() => setWhole(!isWhole)}>
          {isWhole ? "Fit into the page" : "Show in full size"}
        </button>
      )}
    </>
  );
}

// The picture's own style is followed by that of what is written into it, in the colours of the page.
const COUNT_STYLE =
  ".count{cursor:pointer} .count rect{fill:var(--page);stroke:var(--quiet)} .count text{fill:var(--text);font:600 12px system-ui,sans-serif} .count:hover rect{stroke:var(--link)}";

function draw(host: HTMLElement, picture: Document, label: string): SVGSVGElement | undefined {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const svg = document.importNode(picture.documentElement, true);
  if (!(svg instanceof SVGSVGElement)) return undefined;
  const style = svg.querySelector("metadata");
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    `${style?.textContent ?? ""} svg{max-width:100%;height:auto;display:block} :host(.whole) svg{max-width:none} ${COUNT_STYLE}`,
  );
  style?.remove();
  svg.setAttribute("aria-label", label);
  root.adoptedStyleSheets = [sheet];
  root.replaceChildren(svg);
  return svg;
}
