import { createUi, type UiOptions } from "perdure/ui";
import { describe, expect, test as it } from "vitest";
import { LARGEST_BODY } from "../../src/ui/read-body.ts";
import type { ErrorRecord } from "perdure";
import type { InstanceAnswer, LetterAnswer, WireInstance, WireLetter, WirePage } from "../../src/ui/wire.ts";
import { hostile, openUi, type OpenUi, page, pay, place } from "./open-ui.ts";

const addresses = [
  "",
  "api/session",
  "api/overview",
  "api/instances",
  "api/letters",
  "api/live",
  "api/chart?process=order/order-lifecycle",
];
const own = { "content-type": "application/json", "perdure-ui": "1" };

async function withLetter(options: Partial<UiOptions> = {}): Promise<OpenUi & { readonly id: string }> {
  const ui = await openUi(options);
  await ui.test.dispatch([place("a"), pay("a", hostile)]);
  const [letter] = await ui.test.system.deadLetters.list();
  return { ...ui, id: letter!.id };
}

async function isOpen({ test, id }: OpenUi & { readonly id: string }): Promise<boolean> {
  return (await test.system.deadLetters.get(id))!.status === "open";
}

describe("authorize", () => {
  it("is needed: without it there is no page", async () => {
    const { test } = await openUi();
    expect(() => createUi(test.system, {} as UiOptions)).toThrow("createUi: authorize is missing");
  });

  it("keeps everybody out whom it does not let in, from the page, from each answer, and from each verb", async () => {
    for (const authorize of [() => false, async () => false, () => "yes" as unknown as boolean]) {
      const ui = await withLetter({ authorize });
      for (const address of addresses) expect([address, (await ui.send(address)).status]).toEqual([address, 403]);
      expect((await ui.ask("skip-letter", { id: ui.id })).status).toBe(403);
      expect(await isOpen(ui)).toBe(true);
    }
  });

  it("keeps everybody out when it throws, and what it has thrown is not told", async () => {
    const told: unknown[] = [];
    const authorize = () => Promise.reject(new Error("the password of the directory is tiger"));
    const { send } = await openUi({ authorize }, { onError: (error) => told.push(error) });
    const response = await send("api/overview");
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("tiger");
    expect(told).toHaveLength(1);
  });
});

describe("a page of another origin", () => {
  it("can neither read nor ask", async () => {
    const ui = await withLetter();
    for (const origin of ["https://evil.test", "http://ops.test:81", "https://ops.test", "null"]) {
      expect((await ui.send("api/letters", { headers: { origin } })).status).toBe(403);
      expect((await ui.ask("skip-letter", { id: ui.id }, { ...own, origin })).status).toBe(403);
    }
    expect(await isOpen(ui)).toBe(true);
    expect((await ui.ask("skip-letter", { id: ui.id }, { ...own, origin: "http://ops.test" })).status).toBe(200);
  });

  it("is one of the page's own if the options name it, as behind a proxy", async () => {
    const ui = await withLetter({ origins: ["https://ops.example.com"] });
    expect((await ui.ask("skip-letter", { id: ui.id }, { ...own, origin: "https://ops.example.com" })).status).toBe(200);
  });

  it("cannot ask with a form, which has no header of its own and no JSON", async () => {
    const ui = await withLetter();
    const { "perdure-ui": _, ...without } = own;
    expect((await ui.ask("skip-letter", { id: ui.id }, without)).status).toBe(403);
    expect((await ui.ask("skip-letter", { id: ui.id }, { ...own, "content-type": "text/plain" })).status).toBe(415);
    expect(await isOpen(ui)).toBe(true);
  });
});

describe("readOnly", () => {
  it("refuses each verb where it is carried out, and not only on the page", async () => {
    const ui = await withLetter({ readOnly: true });
    const response = await ui.ask("skip-letter", { id: ui.id });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: "READ_ONLY" });
    expect(await isOpen(ui)).toBe(true);
    expect((await ui.send("api/letters")).status).toBe(200);
  });
});

describe("a body", () => {
  it("is refused beyond the limit, also where its length is not said", async () => {
    const ui = await withLetter();
    const long = "x".repeat(LARGEST_BODY);
    expect((await ui.ask("skip-letter", { id: ui.id, reason: long })).status).toBe(413);
    let given = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        given += 1;
        controller.enqueue(new Uint8Array(100_000).fill(32));
      },
    });
    const init = { method: "POST", headers: own, body: endless, duplex: "half" as const };
    expect((await ui.send("api/do/skip-letter", init)).status).toBe(413);
    expect(given).toBeLessThan(20);
    expect(await isOpen(ui)).toBe(true);
  });
});

describe("what is shown", () => {
  it("runs nothing but the page's own script and style, whatever it has in it", async () => {
    const { send } = await openUi();
    const policy = (await send("")).headers.get("content-security-policy")!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'sha256-[\w+/=]{44}';/);
    expect(policy).toMatch(/style-src 'sha256-[\w+/=]{44}';/);
    for (const part of [
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
    ])
      expect(policy).toContain(part);
    expect(policy).not.toContain("unsafe");
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(/<script>([^]*)<\/script>/.exec(page)![1]));
    expect(policy).toContain(`'sha256-${Buffer.from(digest).toString("base64")}'`);
  });

  it("is data, which no browser takes for a page, and which no cache keeps", async () => {
    const ui = await withLetter();
    for (const address of addresses.slice(1)) {
      const response = await ui.send(address);
      expect(response.headers.get("content-type")).toMatch(/^(application\/json|image\/svg\+xml|text\/event-stream); charset=utf-8$/);
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(response.headers.get("cache-control")).toBe("no-store");
      await response.body?.cancel();
    }
    const chart = await ui.send("api/chart?process=order/order-lifecycle");
    expect(chart.headers.get("content-security-policy")).toMatch(/^default-src 'none'.*sandbox/);
  });

  it("is redacted before it leaves: payloads, contexts, and what a step has changed of one", async () => {
    const seen: string[] = [];
    const redact = (value: unknown, { kind, process, type }: { kind: string; process: string; type: string }) => {
      seen.push(`${kind} ${process} ${type}`);
      return Object.fromEntries(Object.keys(value as object).map((key) => [key, "***"]));
    };
    const { get, id, ask } = await withLetter({ redact });
    const [{ processId }] = (await get<WirePage<WireInstance>>("instances")).items as [WireInstance];
    const { instance, journal } = await get<InstanceAnswer>(`instance?id=${processId}`);
    expect(instance.context!.text).toBe('{\n  "total": "***"\n}');
    expect(journal[1]!.context!.text).toBe('{\n  "total": "***"\n}');
    expect((await get<LetterAnswer>(`letter?id=${id}`)).payload.text).toBe('{\n  "amount": "***"\n}');
    expect(new Set(seen)).toEqual(
      new Set([
        "context order/order-lifecycle ",
        "event order/order-lifecycle PaymentReceived",
        "error order/order-lifecycle PaymentReceived",
      ]),
    );
    // What is shown redacted would be stored so.
    expect((await ask("retry-letter", { id, payload: '{"amount":"***"}' })).status).toBe(403);
  });

  it("has of an error only what redact leaves, in lists, in journals and in each that it was caused by", async () => {
    const redact = (value: unknown, { kind }: { kind: string }) =>
      kind === "error" ? { ...(value as ErrorRecord), message: "***", stack: undefined, properties: "***" } : value;
    const { test, get } = await openUi({ redact });
    await test.dispatch([place("a"), pay("a", hostile)]);
    const [listed] = (await get<WirePage<WireLetter>>("letters")).items as [WireLetter];
    expect(listed).toMatchObject({ errorName: "TypeError", errorMessage: "***" });
    const { error, processId } = await get<LetterAnswer>(`letter?id=${listed.id}`);
    expect(error).toEqual({ name: "TypeError", message: "***", cause: { name: "Error", message: "***" } });
    const { journal, letters } = await get<InstanceAnswer>(`instance?id=${processId}`);
    expect(journal.at(-1)!.error).toEqual(error);
    expect(letters[0]!.errorMessage).toBe("***");
  });

  it("has what stands for an error as its message where it is a text or nothing", async () => {
    for (const [shown, message] of [
      ["(hidden)", "(hidden)"],
      [undefined, ""],
      [7, "7"],
    ] as const) {
      const { get, id } = await withLetter({ redact: (value, { kind }) => (kind === "error" ? shown : value) });
      expect((await get<LetterAnswer>(`letter?id=${id}`)).error).toEqual({ name: "TypeError", message, cause: { name: "Error", message } });
    }
  });

  it.each<[string, (value: unknown) => unknown]>([
    ["a promise", (value) => Promise.resolve(value)],
    ["a promise that rejects", () => Promise.reject(new Error("no key"))],
    ["an object with one in it", () => ({ total: Promise.reject(new Error("no key")) })],
  ])("is nothing where redact gives %s, because nobody awaits that", async (_, redact) => {
    const told: unknown[] = [];
    const { test, send } = await openUi({ redact }, { onError: (error) => told.push(error) });
    await test.dispatch([place("a"), pay("a", hostile)]);
    const [letter] = await test.system.deadLetters.list();
    for (const what of ["letters", `letter?id=${letter!.id}`]) {
      const response = await send(`api/${what}`);
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain("img");
    }
    expect(told).toMatchObject([{ message: expect.stringContaining("createUi: redact gives a promise") as unknown }, {}]);
  });

  it("of an error that is none of Perdure's is no more than that there was one", async () => {
    const { send, test } = await openUi();
    test.system.timers.list = () => Promise.reject(new Error("SELECT * FROM secrets"));
    const response = await send("api/timers");
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secrets");
  });
});

describe("each action", () => {
  it("leaves who asked, as `by` says it of the request", async () => {
    const ui = await withLetter({ by: (request) => request.headers.get("x-user") ?? undefined });
    await ui.ask("skip-letter", { id: ui.id }, { ...own, "x-user": "grace" });
    expect(await ui.test.system.deadLetters.get(ui.id)).toMatchObject({ settledBy: "grace" });
  });
});

describe("options", () => {
  it("that are none are refused by name", async () => {
    const { test } = await openUi();
    const wrong: readonly (readonly [object, string])[] = [
      [{ readonly: true }, "createUi.readonly is not an option"],
      [{ readOnly: "yes" }, 'createUi: readOnly is "yes"'],
      [{ origins: ["ops.example.com"] }, "createUi: origins"],
      [{ by: "" }, "by is"],
      [{ redact: true }, "createUi: redact is true"],
    ];
    for (const [options, problem] of wrong) expect(() => createUi(test.system, { authorize: () => true, ...options })).toThrow(problem);
  });
});
