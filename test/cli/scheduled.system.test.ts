import { describe, expect, test as it } from "vitest";
import { until } from "../support/patience.ts";
import { Project } from "./perdure.ts";
import { readHere, runHere } from "./run-here.ts";

interface Listed {
  readonly items: readonly { readonly commandId: string; readonly dueAt: string }[];
}

/** Orders of which each has a mail to be sent in an hour. */
async function place(project: Project, ...ids: readonly string[]): Promise<Listed["items"]> {
  for (const id of ids) await runHere(project, ["send", "OrderPlaced", id]);
  const found = await until(
    () => readHere<Listed>(project, "scheduled", "list"),
    ({ items }) => items.length === ids.length,
  );
  return found.items;
}

describe("perdure scheduled", () => {
  it("lists, moves and calls off commands beside a running worker", async () => {
    const project = new Project();
    await project.start("start");
    const [first, second] = await place(project, "order-1", "order-2");
    const listed = await runHere(project, ["scheduled", "list", "--type", "sendWelcomeEmail", "--aggregate", "order-1"]);
    expect(listed.stdout).toMatch(new RegExp(`${first!.commandId} .*sendWelcomeEmail.*order-1 .*order/order-lifecycle`));
    expect(listed.stdout).not.toContain(second!.commandId);

    const moved = await runHere(project, ["scheduled", "reschedule", first!.commandId, "--to", "2099-01-31T09:00:00Z", "--by", "ada"]);
    expect(moved).toMatchObject({ code: 0, stdout: `${first!.commandId}  rescheduled\n` });
    const { items } = await readHere<Listed>(project, "scheduled", "list", "--aggregate", "order-1");
    expect(items).toMatchObject([{ commandId: first!.commandId, dueAt: "2099-01-31T09:00:00.000Z" }]);

    expect((await runHere(project, ["scheduled", "cancel", "--all"])).code).toBe(4);
    const planned = await runHere(project, ["scheduled", "cancel", "--all", "--dry-run"]);
    expect(planned.stdout.match(/would be cancelled/g)).toHaveLength(2);
    const cancelled = await runHere(project, ["scheduled", "cancel", "--all", "--yes", "--reason", "a trial", "--by", "ada"]);
    expect(cancelled.stdout.match(/ {2}cancelled/g)).toHaveLength(2);
    expect((await runHere(project, ["show", "order-lifecycle", "order-1"])).stdout).toMatch(
      /command_cancelled +sendWelcomeEmail .*asked by ada +because: a trial/,
    );
    const again = await runHere(project, ["scheduled", "cancel", first!.commandId]);
    expect(again.code).toBe(3);
    expect(again.stderr).toContain("there never was one, or it has ended");
    expect((await runHere(project, ["scheduled", "list"])).stderr).toContain("No command waits for its moment.");
  });

  it("without a worker, says that the next one does it, which does; and what cannot be understood is refused", async () => {
    const project = new Project();
    const worker = await project.start("start");
    const [command] = await place(project, "order-1");
    await worker.stop();
    const { commandId } = command!;
    expect((await runHere(project, ["scheduled", "reschedule", commandId, "--to", "soon"])).stderr).toContain(
      "It has to be a time from now",
    );
    expect((await runHere(project, ["scheduled", "cancel"])).stderr).toContain("name the commands, or choose them");
    const left = await runHere(project, ["scheduled", "cancel", commandId]);
    expect(left).toMatchObject({ code: 0, stdout: `${commandId}  to be cancelled\n` });
    expect(left.stderr).toContain("No worker runs");
    await project.start("start");
    await until(
      () => readHere<Listed>(project, "scheduled", "list"),
      ({ items }) => items.length === 0,
    );
  });
});
