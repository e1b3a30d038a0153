import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { registerRestate } from "perdure/restate";
import { describe, expect, onTestFinished, test as it } from "vitest";

const uri = "http://shop-v2:9080";

/** An object of a process, as the admin port tells of it; `domain` is what its domain is called on the server. */
function objectOf(name: string, domain = "perdure") {
  const handlers = ["accept", "wake", "commandSettled", "settle", "read"].map((each) => ({ name: each }));
  return { name, handlers, deployment_id: "dp_1", revision: 1, metadata: { "perdure.domain": domain } };
}

function runnerOf(domain: string) {
  const metadata = { "perdure.domain": domain };
  return { name: `${domain}.commands`, handlers: [{ name: "run" }], deployment_id: "dp_1", revision: 1, metadata };
}

const runner = runnerOf("perdure");
const foreign = { name: "billing", handlers: [{ name: "accept" }], deployment_id: "dp_0", revision: 7 };

interface Answers {
  readonly version?: string;
  readonly registered?: readonly object[];
  readonly offered?: readonly object[];
  readonly inUse?: number;
}

/** An admin port that answers so, and the bodies of what it was told to register, dry runs left out. */
async function openAdmin({ version = "1.7.12", registered = [], offered = [], inUse = 0 }: Answers) {
  const bodies: object[] = [];
  const answer = (path: string, body: { readonly dry_run?: boolean }): object => {
    if (path === "/version") return { version };
    if (path === "/services") return { services: registered };
    if (path === "/query") return { rows: [{ count: inUse }] };
    if (body.dry_run !== true) bodies.push(body);
    return { id: "dp_2", services: offered };
  };
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => response.end(JSON.stringify(answer(request.url!, JSON.parse(text === "" ? "{}" : text) as object))));
  });
  return { admin: await listen(server), bodies };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("registerRestate", () => {
  it("says which processes are new, and which are served at the new address from now on", async () => {
    const registered = [objectOf("order.shipping"), runner, foreign];
    const { admin, bodies } = await openAdmin({ registered, offered: [objectOf("order.shipping"), objectOf("order.payment"), runner] });
    expect(await registerRestate({ admin, uri })).toEqual({
      deploymentId: "dp_2",
      added: ["order/payment"],
      kept: ["order/shipping"],
      removed: [],
    });
    expect(bodies).toEqual([{ uri, force: true }]);
  });

  it("registers nothing that lacks a process of which something is still to be done, unless it is forced", async () => {
    const { admin, bodies } = await openAdmin({
      registered: [objectOf("order.shipping"), objectOf("order.payment"), runner, foreign],
      offered: [objectOf("order.payment"), runner],
      inUse: 3,
    });
    await expect(registerRestate({ admin, uri })).rejects.toMatchObject({
      code: "PROCESSES_IN_USE",
      message: expect.stringContaining("order/shipping (3 keys)"),
      details: { processes: [{ process: "order/shipping", keysInUse: 3 }] },
    });
    expect(bodies).toEqual([]);
    expect(await registerRestate({ admin, uri, force: true })).toMatchObject({ removed: [{ process: "order/shipping", keysInUse: 3 }] });
    expect(bodies).toHaveLength(1);
  });

  it("lets a process go of which nothing is left to be done", async () => {
    const { admin } = await openAdmin({
      registered: [objectOf("order.shipping"), objectOf("order.payment"), runner],
      offered: [objectOf("order.payment"), runner],
    });
    expect(await registerRestate({ admin, uri })).toMatchObject({ removed: [{ process: "order/shipping", keysInUse: 0 }] });
  });

  it("leaves alone what domains of other names have", async () => {
    const { admin } = await openAdmin({
      registered: [objectOf("bill.dunning", "billing"), runnerOf("billing"), foreign],
      offered: [objectOf("order.shipping", "shop"), runnerOf("shop")],
      inUse: 3,
    });
    expect(await registerRestate({ admin, uri })).toMatchObject({ added: ["order/shipping"], kept: [], removed: [] });
  });

  it.each([
    [
      "the runner of another domain of the same name",
      [objectOf("bill.dunning"), runner],
      [objectOf("order.shipping"), runner],
      /serves none of the processes of the domain "perdure": bill\/dunning\n.*host\.name/,
    ],
    [
      "a process of another domain",
      [objectOf("order.shipping", "billing"), runnerOf("billing")],
      [objectOf("order.shipping", "shop"), runnerOf("shop")],
      /order\.shipping of the domain "shop", and the server has it of the domain "billing"/,
    ],
    [
      "a service of another program",
      [{ ...foreign, name: "shop.commands" }],
      [objectOf("order.shipping", "shop"), runnerOf("shop")],
      /shop\.commands of the domain "shop", and the server has it of another program/,
    ],
  ])("takes over no %s, unless it is forced", async (_, registered, offered, message) => {
    const { admin, bodies } = await openAdmin({ registered, offered });
    await expect(registerRestate({ admin, uri })).rejects.toMatchObject({
      code: "DOMAIN_IN_USE",
      message: expect.stringMatching(message),
    });
    expect(bodies).toEqual([]);
    expect(await registerRestate({ admin, uri, force: true })).toMatchObject({ deploymentId: "dp_2" });
  });

  it("refuses an address that serves no processes", async () => {
    const { admin, bodies } = await openAdmin({ offered: [foreign] });
    await expect(registerRestate({ admin, uri })).rejects.toMatchObject({
      code: "RESTATE_REFUSED",
      message: expect.stringContaining(`${uri} serves no processes of Perdure`),
    });
    expect(bodies).toEqual([]);
  });

  it.each(["1.7.11", "1.6.99", "0.9.0"])("refuses a server of version %s", async (version) => {
    const { admin } = await openAdmin({ version });
    await expect(registerRestate({ admin, uri })).rejects.toMatchObject({ code: "RESTATE_TOO_OLD", details: { version } });
  });

  it.each(["1.7.12", "1.8.0-dev", "1.10.0", "2.0.0"])("takes a server of version %s", async (version) => {
    const { admin } = await openAdmin({ version, offered: [runner] });
    expect(await registerRestate({ admin, uri })).toMatchObject({ deploymentId: "dp_2" });
  });

  it.each([
    [{ admin: "restate:9070", uri }, 'admin is "restate:9070"'],
    [{ admin: "http://restate:9070", uri: "9080" }, 'uri is "9080"'],
    [{ admin: "http://restate:9070", uri, dryRun: true }, "registerRestate.dryRun is not an option"],
  ])("refuses %j", async (options, problem) => {
    await expect(registerRestate(options)).rejects.toMatchObject({ code: "CONFIG_INVALID", problem });
  });

  it("does not register schedules without the ingress by which they begin, and begins them, or ends those of before, with it", async () => {
    const having = { ...objectOf("perdure.schedules"), handlers: [{ name: "begin" }] };
    const daily = { ...having, metadata: { ...having.metadata, "perdure.schedules": "order/daily order/weekly" } };
    const begun: string[] = [];
    const ingress = await listen(
      createServer((request, response) => {
        begun.push(request.url!);
        request.resume().once("end", () => response.end('{"invocationId":"inv_1","status":"Accepted"}'));
      }),
    );
    const offered = [objectOf("order.shipping"), runner, daily];
    const first = await openAdmin({ offered });
    await expect(registerRestate({ admin: first.admin, uri })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      problem: expect.stringContaining("order/daily, order/weekly"),
    });
    expect(first.bodies).toEqual([]);
    expect(await registerRestate({ admin: first.admin, uri, ingress })).toMatchObject({ added: ["order/shipping"] });
    expect(begun).toEqual(["/perdure.schedules/all/begin/send"]);

    const second = await openAdmin({ registered: offered, offered: [objectOf("order.shipping"), runner, having] });
    await registerRestate({ admin: second.admin, uri, ingress });
    expect(begun).toHaveLength(2);
    const third = await openAdmin({ registered: [runner, having], offered: [objectOf("order.shipping"), runner, having] });
    await registerRestate({ admin: third.admin, uri, ingress: "http://127.0.0.1:1" });
    expect(third.bodies).toHaveLength(1);
  });

  it("says that nobody answers", async () => {
    await expect(registerRestate({ admin: "http://127.0.0.1:1", uri })).rejects.toMatchObject({
      code: "RESTATE_UNREACHABLE",
      message: expect.stringMatching(/no server of Restate answers at http:\/\/127\.0\.0\.1:1: .*\n.*admin port/),
    });
  });

  it("says that what answers is no admin port", async () => {
    const admin = await listen(createServer((_, response) => response.end("<html>hello</html>")));
    await expect(registerRestate({ admin, uri })).rejects.toMatchObject({
      code: "RESTATE_REFUSED",
      message: expect.stringMatching(/answers 200 to \/version: <html>hello<\/html>\n.*admin port/),
    });
  });
});
