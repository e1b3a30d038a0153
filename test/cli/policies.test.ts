import { describe, expect, test as it } from "vitest";
import { Project } from "./perdure.ts";
import { readHere, runHere } from "./run-here.ts";

/** A project whose domain has no process; `files` lie in the folder of its one aggregate. */
function withoutProcess(files: Readonly<Record<string, string>>): Project {
  return new Project({
    "perdure.config.js": `
      import { defineConfig } from "perdure/config";
      export default defineConfig({ domain: "./alone", store: { path: "./shop.db" } });`,
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`alone/order/${path}`, text])),
  });
}

describe("perdure send, where only policies react", () => {
  it("takes the event", async () => {
    const project = withoutProcess({ "policies/notify-on-order-placed.js": `export const delay = "1h"; export const handler = () => {};` });
    const { code, stdout } = await runHere(project, ["send", "OrderPlaced", "order-1", "--event-id", "e-1"]);
    expect(stdout).toBe("accepted: OrderPlaced order-1, eventId e-1\n");
    expect(code).toBe(0);
    expect(await readHere(project, "timers")).toMatchObject({ items: [{ policy: "order/notify-on-order-placed" }] });
  });

  it("says the nearest of all events, whoever reacts to it", async () => {
    const project = new Project({ "domain/order/policies/notify-on-order-returned.js": "export const handler = () => {};" });
    const { code, stderr } = await runHere(project, ["send", "OrderRetruned", "order-1"]);
    expect(stderr).toContain("no process and no policy knows the event OrderRetruned; did you mean OrderReturned?");
    expect(stderr).toContain("The events are OrderFulfilled, OrderPlaced, OrderReturned.");
    expect(code).toBe(3);
  });

  it("prints no empty list where nothing reacts to anything", async () => {
    const { code, stderr } = await runHere(withoutProcess({ "commands/send-mail.js": "export const handler = () => {};" }), [
      "send",
      "OrderPlaced",
      "order-1",
    ]);
    expect(stderr).toContain("no process and no policy knows the event OrderPlaced");
    expect(stderr).not.toContain("The events are");
    expect(code).toBe(3);
  });
});
