import { createHandler, type HandlerOptions, type HttpAction } from "perdure/http";
import { describe, expect, test as it } from "vitest";
import { place } from "../ui/open-ui.ts";
import { base, openFront } from "./open-front.ts";

describe("authorize", () => {
  it("is needed, and a wrong option is refused when the handler is made", async () => {
    const { test } = await openFront();
    const authorize = () => true;
    const wrong: readonly (readonly [unknown, string])[] = [
      [{}, "createHandler: authorize is missing"],
      [{ authorize: true }, "createHandler: authorize is true"],
      [{ authorize, path: "api" }, 'createHandler: path is "api"'],
      [{ authorize, path: "/api/" }, 'createHandler: path is "/api/"'],
      [{ authorize, largestBody: 0 }, "createHandler: largestBody is 0"],
      [{ authorize, paht: "/" }, "createHandler.paht is not an option"],
    ];
    for (const [options, problem] of wrong) expect(() => createHandler(test.system, options as HandlerOptions)).toThrow(problem);
  });

  it("keeps everybody out whom it does not let in, from each address", async () => {
    for (const answer of [false, undefined, null, "yes", 1, {}, { by: undefined }]) {
      const { test, get, post } = await openFront({ authorize: () => answer as boolean });
      for (const path of ["processes", "lag", "stream", "nothing"]) expect((await get(path)).status).toBe(403);
      for (const path of ["events", "dead-letters/any/skip"]) expect((await post(path, place("a"))).status).toBe(403);
      expect((await test.system.lag()).accepted).toBe(0);
    }
  });

  it("is told what is asked for, and may answer with a response of its own", async () => {
    const asked: HttpAction[] = [];
    const authorize = async (_: Request, action: HttpAction) => {
      asked.push(action);
      return action === "dispatch" || new Response("sign in", { status: 401, headers: { "www-authenticate": "Bearer" } });
    };
    const { get, post } = await openFront({ authorize });
    expect((await post("events", place("a"))).status).toBe(202);
    const refused = await get("processes");
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect((await post("processes/any/cancel")).status).toBe(401);
    expect(asked).toEqual(["dispatch", "look", "intervene"]);
  });

  it("keeps everybody out when it throws or gives a name that no journal takes; that is logged, and not told", async () => {
    for (const authorize of [() => Promise.reject(new Error("the password is tiger")), () => ({ by: "tiger".repeat(50) })]) {
      const { get, logged } = await openFront({ authorize });
      const response = await get("lag");
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain("tiger");
      expect(logged).toHaveLength(1);
    }
  });
});

describe("a body", () => {
  it("has to be called JSON, so that no form of another page sends it with somebody's cookies", async () => {
    const { test, handle, post } = await openFront();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"]) {
      expect([type, (await post("events", place("a"), { "content-type": type })).status]).toEqual([type, 415]);
    }
    expect((await handle(new Request(new URL("processes/any/cancel", base), { method: "POST" }))).status).toBe(415);
    expect((await test.system.lag()).accepted).toBe(0);
    expect((await post("events", place("a"), { "content-type": "application/cloudevents+json; charset=utf-8" })).status).toBe(202);
  });

  it("that is too large is not read to its end", async () => {
    const { handle } = await openFront({ largestBody: 1_000 });
    let given = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        given += 600;
        controller.enqueue(new Uint8Array(600).fill(32));
      },
    });
    const init = { method: "POST", headers: { "content-type": "application/json" }, body, duplex: "half" } as const;
    const response = await handle(new Request(new URL("events", base), init));
    expect(response.status).toBe(413);
    expect(given).toBeLessThan(5_000);
  });

  it("that is no event, no JSON, nested too deep, or has a number that would be another one, changes nothing", async () => {
    const { test, post } = await openFront();
    const deep = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    for (const [status, body] of [
      [400, "{"],
      [400, ""],
      [400, "null"],
      [400, '"text"'],
      [400, "[[]]"],
      [400, `{"type":"OrderPlaced","aggregateId":"a","payload":{"total":12345678901234567890}}`],
      [422, `{"type":"OrderPlaced","aggregateId":"a","payload":${deep}}`],
    ] as const)
      expect([body.slice(0, 50), (await post("events", body)).status]).toEqual([body.slice(0, 50), status]);
    expect((await test.system.lag()).accepted).toBe(0);
  });
});

describe("an address", () => {
  it("of another method is answered 405 with those that it has", async () => {
    const { get, post, handle } = await openFront();
    const refused = [
      await get("events"),
      await post("processes", {}),
      await handle(new Request(new URL("lag", base), { method: "DELETE" })),
    ];
    expect(refused.map(({ status, headers }) => [status, headers.get("allow")])).toEqual([
      [405, "POST"],
      [405, "GET"],
      [405, "GET"],
    ]);
  });

  it("beside the path of the front has nothing", async () => {
    const { handle } = await openFront();
    for (const path of ["/processes", "/api/perdure2/processes", "/api/processes", "/x/api/perdure/processes", "/web/perdure/processes"])
      expect([path, (await handle(new Request(`http://shop.test${path}`))).status]).toEqual([path, 404]);
  });
});

describe("a system that has stopped", () => {
  it("is answered 503 with its code, so that the sender comes again", async () => {
    const { test, post } = await openFront();
    await test.system.stop();
    const response = await post("events", place("a"));
    expect([response.status, await response.json()]).toMatchObject([503, { code: "SYSTEM_STOPPED" }]);
  });
});
