import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ProcessError } from "../errors.ts";
import { findPackageFolder } from "../platform/package-folder.ts";
import { commonHeaders } from "./respond.ts";

/** The page, with a script and a style in it, as text. */
export type ReadPage = () => string;

/** Reads what the build has made of `ui/page`; it lies beside the built package, for the sources too. @throws ProcessError `PAGE_MISSING` */
export const readBuiltPage: ReadPage = () => {
  const file = new URL("dist/ui/page.html", findPackageFolder());
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ProcessError("PAGE_MISSING", `the page is not at ${file.pathname}`, {
      hint: "The package is incomplete: install it anew. In a checkout, `npm run build` makes the page.",
      cause: error,
    });
  }
};

/** What answers with the page. Only the script and the style that are in it run, whatever is shown. */
export function createPageAnswer(readPage: ReadPage): () => Response {
  let page: { readonly html: string; readonly headers: Readonly<Record<string, string>> } | undefined;
  return () => {
    page ??= preparePage(readPage());
    return new Response(page.html, { headers: page.headers });
  };
}

function preparePage(html: string) {
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(html, "script")}`,
    `style-src ${hashOf(html, "style")}`,
    "img-src data:",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ];
  return {
    html,
    headers: { ...commonHeaders, "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy.join("; ") },
  };
}

function hashOf(html: string, element: "script" | "style"): string {
  const [, text = ""] = new RegExp(`<${element}>([^]*?)</${element}>`).exec(html) ?? [];
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
