import { describe, expect, test as it } from "vitest";
import { createVisitors } from "../../src/serve/visitor.ts";

const token = "a-token-of-this-run";
const visitors = createVisitors({ host: "127.0.0.1", port: 4600, token, name: "perdure ui" });
const origin = "http://127.0.0.1:4600";
const come = (address: string, cookie?: string) =>
  visitors.refuse(new Request(address, { headers: cookie === undefined ? {} : { cookie } }));

describe("a visitor of `perdure ui`", () => {
  it("brings the token once in the address, and is led away from it with a cookie that no script and no other site has", async () => {
    const entry = come(visitors.url)!;
    expect(entry.status).toBe(303);
    expect(entry.headers.get("location")).toBe("/");
    expect(entry.headers.get("set-cookie")).toBe(`perdure-4600=${token}; HttpOnly; SameSite=Strict; Path=/`);
    expect(come(`${origin}/api/overview`, `other=1; perdure-4600=${token}`)).toBeUndefined();
  });

  it("without the token sees nothing, and is told what to do", async () => {
    for (const refusal of [come(`${origin}/`), come(`${origin}/api/letters`), come(`${origin}/`, "perdure-4601=a-token-of-this-run")]) {
      expect(refusal!.status).toBe(401);
      expect(await refusal!.text()).toBe("The token is missing: open the whole address that `perdure ui` has printed.\n");
    }
  });

  it("with the token of another run sees nothing", async () => {
    expect(come(`${origin}/?token=a-token-of-another`)!.status).toBe(403);
    expect(come(`${origin}/`, "perdure-4600=a-token-of-another")!.status).toBe(401);
  });

  it("that comes by a name of somebody else's sees nothing, token or not", async () => {
    for (const host of ["rebound.evil.test:4600", "localhost.evil.test", "127.0.0.1.nip.io:4600"]) {
      expect(come(`http://${host}/`, `perdure-4600=${token}`)!.status).toBe(403);
      expect(come(`http://${host}/?token=${token}`)!.status).toBe(403);
    }
    for (const host of ["localhost:4600", "127.0.0.1:4600", "[::1]:4600"]) {
      expect(come(`http://${host}/`, `perdure-4600=${token}`)).toBeUndefined();
    }
  });
});
