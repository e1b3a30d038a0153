import { describe, expect, test as it } from "vitest";
import { Project } from "../cli/perdure.ts";
import { runHere } from "../cli/run-here.ts";
import { startFakeServer } from "./client/fake-server.ts";

interface Finding {
  readonly about: string;
  readonly state: string;
  readonly text: string;
  readonly fix?: string;
}

interface Answers {
  readonly version?: string;
  readonly uri?: string;
  readonly sdk?: string;
  readonly services?: readonly string[];
  readonly identityKeys?: readonly string[];
  readonly stuck?: readonly object[];
  /** Keys that wait for a wake-up, and those that wait for a command, each with invocations that are nowhere. */
  readonly stranded?: readonly object[];
  readonly running?: readonly object[];
}

/** What the doctor finds at a server that answers so, apart from what is in order. */
async function examine(answers: Answers): Promise<readonly Finding[]> {
  const { version = "1.7.12", uri = "http://127.0.0.1:9080/", sdk = "1.17.2", services = ["order.order-lifecycle"] } = answers;
  const handlers = ["accept", "wake", "commandSettled", "settle"].map((name) => ({ name }));
  const { url } = await startFakeServer(({ path, sql }) => {
    const deployment_id = "dp_1";
    if (path === "/version") return { body: { version } };
    if (path === "/deployments") return { body: { deployments: [{ id: "dp_1", uri, sdk_version: `restate-sdk-typescript/${sdk}` }] } };
    if (path === "/services") {
      const objects = services.map((name) => ({ name, handlers, deployment_id, revision: 1 }));
      return { body: { services: [...objects, { name: "perdure.commands", handlers: [{ name: "run" }], deployment_id, revision: 1 }] } };
    }
    if (path !== "/query") return undefined;
    if (sql.includes("retry_count")) return { body: { rows: answers.stuck ?? [] } };
    if (sql.includes("LEFT JOIN")) return { body: { rows: answers.stranded ?? [] } };
    if (sql.includes("json_get_json")) return { body: { rows: answers.running ?? [] } };
    return { body: { rows: [] } };
  });
  const identityKeys = JSON.stringify(answers.identityKeys ?? []);
  const project = new Project({
    "perdure.config.ts": `export default {
      domain: "./domain", host: { type: "restate", ingress: "${url}", admin: "${url}", identityKeys: ${identityKeys} }, dispatchCommand: () => {},
    };`,
  });
  const { stdout } = await runHere(project, ["doctor", "--json"]);
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly Finding[] };
  return findings.filter(({ state }) => state !== "ok");
}

describe("perdure doctor with a host on Restate", () => {
  it("has nothing to say of a server that is in order, and needs no driver", async () => {
    expect(await examine({})).toEqual([]);
  });

  it("says which server is too old, and asks it nothing else", async () => {
    expect(await examine({ version: "1.6.2" })).toMatchObject([
      { about: "Restate", state: "failure", text: expect.stringContaining("1.6.2") },
    ]);
  });

  it("says which processes are not registered, and which are that the domain does not have", async () => {
    expect(await examine({ services: ["order.shipping"] })).toMatchObject([
      {
        about: "services",
        state: "failure",
        text: expect.stringContaining("order/order-lifecycle"),
        fix: expect.stringContaining("register"),
      },
      { about: "services", state: "warning", text: expect.stringContaining("order/shipping") },
    ]);
  });

  it("says which SDK is out of range", async () => {
    expect(await examine({ sdk: "1.13.9" })).toMatchObject([{ about: "SDK", state: "failure", text: expect.stringContaining("1.13.9") }]);
  });

  it("warns of an address that others reach, where no key is asked for", async () => {
    const uri = "http://shop-v17:9080/";
    expect(await examine({ uri })).toMatchObject([{ about: "identity", state: "warning", text: expect.stringContaining(uri) }]);
    expect(await examine({ uri, identityKeys: ["publickeyv1_abc"] })).toEqual([]);
  });

  it("names invocations that are paused, and those that are tried again and again, with the reason", async () => {
    const stuck = [
      { id: "inv_1", target: "order.order-lifecycle/order-1/accept", status: "paused" },
      { id: "inv_2", target: "order.order-lifecycle/order-2/wake", status: "backing-off", retry_count: 12, last_failure: "refused\nat x" },
    ];
    expect(await examine({ stuck })).toMatchObject([
      { about: "invocations", state: "failure", text: expect.stringContaining("order-1/accept") },
      { about: "invocations", state: "warning", text: expect.stringMatching(/order-2\/wake has been tried 12 times: refused$/) },
    ]);
  });

  it("names keys that wait in vain, for a wake-up or for a command", async () => {
    const place = { service: "order.order-lifecycle" };
    const stranded = [{ ...place, key: "order-1", invocationId: "inv_1" }];
    const running = [{ ...place, key: "order-2", running: JSON.stringify([{ invocationId: "inv_2" }]) }];
    expect(await examine({ stranded, running })).toMatchObject([
      {
        about: "wake-ups",
        state: "failure",
        text: expect.stringMatching(/order-lifecycle order-1, order\/order-lifecycle order-2 \(a command's result\)$/),
        fix: "Run `perdure restate repair`.",
      },
    ]);
  });

  it("says that nothing answers", async () => {
    const project = new Project({
      "perdure.config.ts": `export default {
        domain: "./domain", host: { type: "restate", ingress: "http://127.0.0.1:1", admin: "http://127.0.0.1:2" }, dispatchCommand: () => {},
      };`,
    });
    const { code, stdout } = await runHere(project, ["doctor"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/failure {2}Restate .*no server of Restate answers at http:\/\/127\.0\.0\.1:2/);
    expect(stdout).toMatch(/failure {2}ingress .*nothing answers at http:\/\/127\.0\.0\.1:1/);
  });

  it("examines a server, too, of which the configuration says nothing", async () => {
    const { url } = await startFakeServer(({ path }) => (path === "/version" ? { body: { version: "1.7.1" } } : undefined));
    const { code, stdout } = await runHere(new Project(), ["doctor", "--restate", url]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/warning {2}store /);
    expect(stdout).toMatch(/failure {2}Restate .*1\.7\.1/);
  });
});
