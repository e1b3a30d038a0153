/** Of every answer. Nothing is kept by a browser or a proxy, because what is answered is somebody's data. */
export const commonHeaders = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
} as const;

/** An answer that is data runs nothing, should it be opened as a page. */
const dataPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

export function answerData(body: string, type: string, status: number): Response {
  return new Response(body, { status, headers: { ...commonHeaders, "Content-Security-Policy": dataPolicy, "Content-Type": type } });
}
