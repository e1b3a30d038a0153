import { pageScript } from "./page-script.ts";
import { describePrivacy } from "./privacy.ts";

/** A page and the headers that it needs. */
export interface BridgePage {
  readonly headers: Readonly<Record<string, string>>;
  readonly html: string;
}

export interface BridgePageOptions {
  /** The inspector that it shows in a frame. */
  readonly inspector: URL;
  /** Where it is served, such as `127.0.0.1:4321`. */
  readonly host: string;
  /** Made anew for each page. Only scripts and styles that carry it run. */
  readonly nonce: string;
}

/** The page that takes what the bridge sends and hands it to the inspector in a frame. */
export function renderBridgePage({ inspector, host, nonce }: BridgePageOptions): BridgePage {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    `connect-src 'self' ws://${host}`,
    `frame-src ${inspector.origin}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ];
  const headers = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": policy.join("; "),
    // The address has the token in it.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  };
  return { headers, html: renderHtml(inspector, nonce) };
}

function renderHtml(inspector: URL, nonce: string): string {
  const { href, origin } = inspector;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>perdure inspect</title>
<style nonce="${nonce}">
  html, body { height: 100%; margin: 0; }
  body { display: flex; flex-direction: column; font: 13px/1.4 system-ui, sans-serif; }
  header { display: flex; gap: 2em; justify-content: space-between; padding: 0.5em 1em; background: #f4f4f4; color: #222; }
  output { white-space: nowrap; }
  iframe { flex: 1; border: 0; }
</style>
<header>
  <span>${escapeHtml(describePrivacy(inspector).join(" "))}</span>
  <output id="state">waiting for the inspector</output>
</header>
<iframe
  id="inspector" data-origin="${escapeHtml(origin)}" src="${escapeHtml(href)}" title="Inspector" referrerpolicy="no-referrer"
  sandbox="allow-scripts allow-same-origin allow-forms allow-popups allow-modals allow-downloads"
></iframe>
<script nonce="${nonce}">${pageScript}</script>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
