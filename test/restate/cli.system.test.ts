import { existsSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test as it } from "vitest";
import { Project } from "../cli/perdure.ts";
import { readHere, runHere } from "../cli/run-here.ts";
import { until } from "../support/patience.ts";
import { isRestateHere, type RestateServer, startRestateServer } from "../support/restate-server.ts";

/** A project that is kept on the server; its first handler fails while there is a file `broken`, and hangs while there is one `hang`. */
function createProject({ ingress, admin }: RestateServer, port: number, files: Readonly<Record<string, string>> = {}): Project {
  return new Project({
    "perdure.config.ts": `
      import { defineConfig } from "perdure/config";
      export default defineConfig({
        domain: "./domain",
        host: { type: "restate", ingress: "${ingress}", admin: "${admin}", port: ${port} },
        processes: { retry: { retryStrategy: "none" } },
        commands: { sendWelcomeEmail: async () => {} },
      });`,
    "domain/order/processes/order-lifecycle/on-order-placed.ts": `
      import { existsSync, writeFileSync } from "node:fs";
      import type { HandlerArgs } from "perdure";
      export async function handler({ event, commands }: HandlerArgs) {
        if (existsSync("broken")) throw new TypeError("the printer is on fire");
        if (existsSync("hang")) {
          writeFileSync("entered", "");
          await new Promise(() => {});
        }
        await commands.sendWelcomeEmail({ aggregateId: event.aggregateId, delay: "1h" });
      }`,
    ...files,
  });
}

async function takePort(): Promise<number> {
  const holder = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => holder.once("listening", resolve));
  const { port } = holder.address() as { readonly port: number };
  await new Promise((resolve) => holder.close(resolve));
  return port;
}

interface Listed<Item> {
  readonly items: readonly Item[];
}

interface Letter {
  readonly id: string;
  readonly aggregateId: string;
  readonly status: string;
}

interface Shown {
  readonly instance: { readonly status: string; readonly endedAt?: string };
  readonly parked: readonly { readonly type: string }[];
  readonly payloads?: readonly { readonly type: string; readonly payload?: unknown }[];
  readonly journal: readonly { readonly kind: string }[];
}

interface Finding {
  readonly about: string;
  readonly state: string;
  readonly text: string;
}

const PATIENCE_MS = 30_000;

describe.skipIf(!isRestateHere())("the command line on Restate", () => {
  it("registers, serves, sends, looks and settles, also when the service is killed in the middle of a retry", async () => {
    await using server = await startRestateServer();
    const port = await takePort();
    const project = createProject(server, port, {
      "domain/order/schedules/yearly.ts":
        'export const schedule = { cron: "0 0 1 1 *", event: { type: "OrderPlaced", aggregateId: "yearly", payload: {} } };',
    });
    const doctor = async () => (await runHere(project, ["doctor", "--json"])).stdout;
    const findings = async (about: string) =>
      (JSON.parse(await doctor()) as { readonly findings: readonly Finding[] }).findings.filter((finding) => finding.about === about);
    const show = (id: string, ...more: readonly string[]) => readHere<Shown>(project, "show", "order-lifecycle", id, ...more);
    const letters = async (status: string) => (await readHere<Listed<Letter>>(project, "dead-letters", "list", "--status", status)).items;

    expect(await findings("services")).toMatchObject([{ state: "failure", text: expect.stringContaining("order/order-lifecycle") }]);
    expect(await runHere(project, ["send", "OrderPlaced", "order-1"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("perdure restate register"),
    });

    const service = await project.start("start");
    expect(await service.line()).toMatch(new RegExp(`^ready: serving the processes to Restate on port ${port}, pid \\d+$`));
    const registered = await runHere(project, ["restate", "register"]);
    expect(registered).toMatchObject({ code: 0, stdout: "added    order/order-lifecycle\n" });
    expect((await runHere(project, ["restate", "register"])).stdout).toBe("kept     order/order-lifecycle\n");

    const schedules = () => readHere<Listed<object>>(project, "schedules", "list");
    expect(await until(schedules, ({ items }) => items.length === 1, PATIENCE_MS)).toMatchObject({
      items: [{ schedule: "order/yearly", dueAt: expect.stringMatching(/-01-01T00:00:00/) }],
    });

    project.break();
    for (const id of ["order-1", "order-2"]) {
      expect((await runHere(project, ["send", "OrderPlaced", id, "--payload", '{"total":12}'])).stdout).toMatch(/^accepted: OrderPlaced/);
      await runHere(project, ["send", "OrderFulfilled", id]);
    }
    const open = await until(
      () => letters("open"),
      ({ length }) => length === 2,
      PATIENCE_MS,
    );
    expect((await runHere(project, ["dead-letters", "show", open[0]!.id])).stdout).toContain("TypeError: the printer is on fire");
    const list = await readHere<Listed<{ readonly aggregateId: string }>>(project, "list", "--process", "order-lifecycle", "--limit", "1");
    expect(list).toMatchObject({ items: [{ aggregateId: "order-2", status: "failed" }], nextCursor: expect.any(String) });
    const { nextCursor } = list as unknown as { readonly nextCursor: string };
    expect(await readHere(project, "list", "--cursor", nextCursor)).toMatchObject({ items: [{ aggregateId: "order-1" }] });
    const shown = await until(
      () => show("order-1", "--payloads"),
      ({ parked }) => parked.length > 0,
      PATIENCE_MS,
    );
    expect(shown).toMatchObject({ parked: [{ type: "OrderFulfilled" }], deadLetters: [{ aggregateId: "order-1" }] });
    expect(shown.payloads).toMatchObject([{ type: "OrderPlaced", payload: { total: 12 } }, {}, { type: "OrderFulfilled", payload: {} }]);
    const stats = await readHere<object>(project, "stats");
    expect(stats).toMatchObject({
      lag: { accepted: 4, deadLetters: 2, parked: 2 },
      instances: [{ process: "order/order-lifecycle", status: "failed", count: 2 }],
    });
    expect(stats).not.toHaveProperty("worker");

    project.break(false);
    writeFileSync(join(project.folder, "hang"), "");
    const [first, second] = ["order-1", "order-2"].map((id) => open.find(({ aggregateId }) => aggregateId === id)!.id);
    const retrying = project.open("dead-letters", "retry", first!);
    await until(() => existsSync(join(project.folder, "entered")), Boolean, PATIENCE_MS);
    await service.kill();
    rmSync(join(project.folder, "hang"));
    await project.start("start");
    expect(await retrying.ended).toMatchObject({ code: 0, stdout: `${first}  retried\n` });
    const retried = await until(
      () => show("order-1"),
      ({ instance }) => instance.status === "completed",
      PATIENCE_MS,
    );
    expect(retried.journal.map(({ kind }) => kind).filter((kind) => ["resumed", "completed"].includes(kind))).toEqual([
      "resumed",
      "completed",
    ]);

    expect(await runHere(project, ["dead-letters", "discard", second!])).toMatchObject({ code: 4 });
    const discarded = await runHere(project, ["dead-letters", "discard", second!, "--yes", "--reason", "refunded by hand"]);
    expect(discarded).toMatchObject({ code: 0, stdout: `${second}  discarded\n` });
    expect(await show("order-2")).toMatchObject({ instance: { status: "failed", endedAt: expect.any(String) }, parked: [] });
    expect(await letters("any")).toMatchObject([{ status: "retried" }, { status: "discarded" }]);
    expect(await runHere(project, ["dead-letters", "retry", first!])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("retried"),
    });

    expect(await runHere(project, ["inspect"])).toMatchObject({ code: 1, stderr: expect.stringContaining("on Restate") });
  }, 120_000);

  it("finds a wake-up that was killed, repairs it, and lets no process go that is still needed", async () => {
    await using server = await startRestateServer();
    const project = createProject(server, await takePort());
    const examine = async () =>
      (JSON.parse((await runHere(project, ["doctor", "--json"])).stdout) as { readonly findings: readonly Finding[] }).findings;
    await project.start("start");
    await runHere(project, ["restate", "register"]);
    await runHere(project, ["send", "OrderPlaced", "order-1"]);
    const timers = await until(
      () => readHere<Listed<object>>(project, "timers"),
      ({ items }) => items.length === 2,
      PATIENCE_MS,
    );
    expect(timers).toMatchObject({ items: [{ kind: "command", command: "sendWelcomeEmail" }, { kind: "timeout" }] });
    expect((await examine()).filter(({ state, about }) => state !== "ok" && about !== "types")).toEqual([]);
    const reminders = async () => (await readHere<Listed<{ readonly commandId: string }>>(project, "scheduled", "list")).items;
    const [{ commandId }] = (await reminders()) as [{ readonly commandId: string }];
    expect((await runHere(project, ["scheduled", "reschedule", commandId, "--to", "3h"])).stdout).toBe(`${commandId}  rescheduled\n`);
    expect((await runHere(project, ["scheduled", "cancel", "--type", "sendWelcomeEmail", "--yes"])).stdout).toBe(
      `${commandId}  cancelled\n`,
    );
    expect(await reminders()).toEqual([]);

    const wakes = () => server.sql("SELECT id FROM sys_invocation WHERE target_handler_name = 'wake' AND status <> 'completed'");
    const [wake] = await wakes();
    await fetch(`${server.admin}/invocations/${wake!["id"] as string}/kill`, { method: "PATCH" });
    await until(wakes, ({ length }) => length === 0, PATIENCE_MS);
    expect((await examine()).filter(({ state }) => state === "failure")).toMatchObject([
      { about: "wake-ups", text: expect.stringContaining("order/order-lifecycle order-1") },
    ]);
    expect((await runHere(project, ["restate", "repair"])).stdout).toBe("order/order-lifecycle order-1  will be woken\n");
    expect(await wakes()).toHaveLength(1);
    expect(await runHere(project, ["restate", "repair"])).toMatchObject({ code: 0, stdout: "" });

    const next = createProject(server, await takePort(), {
      "domain/order/processes/shipping/index.ts":
        'export const config = ({ events }) => ({ startedBy: [events.OrderPacked], completedBy: [], timeout: "1d" });',
      "domain/order/processes/shipping/on-order-packed.ts": "export const handler = () => {};",
    });
    rmSync(join(next.folder, "domain/order/processes/order-lifecycle"), { recursive: true });
    await next.start("start");
    expect(await runHere(next, ["restate", "register"])).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/none of the processes of the domain "perdure": order\/order-lifecycle/),
    });
    expect((await runHere(next, ["restate", "register", "--force"])).stdout).toBe(
      "added    order/shipping\nremoved  order/order-lifecycle, with 1 key in use\n",
    );
    expect((await runHere(project, ["restate", "register"])).stdout).toBe("kept     order/order-lifecycle\nremoved  order/shipping\n");
  }, 120_000);
});
