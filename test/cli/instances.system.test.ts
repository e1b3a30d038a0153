import { describe, expect, test as it } from "vitest";
import { until } from "../support/patience.ts";
import { Project } from "./perdure.ts";
import { readHere, runHere } from "./run-here.ts";

interface Listed {
  readonly items: readonly { readonly processId: string; readonly status: string; readonly dueAt?: string }[];
}

/** Orders, and their process ids. */
async function place(project: Project, ...ids: readonly string[]): Promise<readonly string[]> {
  for (const id of ids) await runHere(project, ["send", "OrderPlaced", id]);
  const { items } = await until(
    () => readHere<Listed>(project, "list"),
    (found) => found.items.length === ids.length,
  );
  return items.map(({ processId }) => processId).toReversed();
}

describe("perdure cancel, suspend, resume and reschedule", () => {
  it("change instances beside a running worker, and the journal says who asked", async () => {
    const project = new Project();
    await project.start("start");
    const [first, second] = await place(project, "order-1", "order-2");
    const suspended = await runHere(project, ["suspend", "order-lifecycle", "order-1", "--by", "ada", "--reason", "a dispute"]);
    expect(suspended).toMatchObject({ code: 0, stdout: `${first}  suspended\n` });
    const { items } = await readHere<Listed>(project, "list", "--suspended");
    expect(items.map(({ processId }) => processId)).toEqual([first]);
    expect((await runHere(project, ["show", first!])).stdout).toMatch(/suspended +\d{4}-.* asked by ada +because: a dispute\n/);
    expect((await runHere(project, ["suspend", first!])).stderr).toContain("is suspended already by ada");

    const moved = await runHere(project, ["reschedule", first!, second!, "--to", "2099-01-31T09:00:00Z"]);
    expect(moved.stdout).toBe(`${first}  rescheduled\n${second}  rescheduled\n`);
    expect((await readHere<Listed>(project, "list")).items.map(({ dueAt }) => dueAt)).toEqual(Array(2).fill("2099-01-31T09:00:00.000Z"));

    expect((await runHere(project, ["resume", "--all", "--dry-run"])).stdout).toBe(`${first}  would be resumed\n`);
    expect((await runHere(project, ["resume", "--all", "--yes"])).stdout).toBe(`${first}  resumed\n`);
    expect((await runHere(project, ["resume", "--all", "--yes"])).stderr).toContain("No open instance matches");

    expect((await runHere(project, ["cancel", "--process", "order-lifecycle"])).code).toBe(4);
    await runHere(project, ["cancel", second!]);
    const both = await runHere(project, ["cancel", first!, second!]);
    expect(both).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(new RegExp(`^${first} {2}cancelled\n${second} {2}refused: .* has ended`)),
    });
    expect((await readHere<Listed>(project, "list", "--status", "cancelled")).items).toHaveLength(2);
  });

  it("without a worker, leave it to the next one, which does it; and what cannot be understood is refused", async () => {
    const project = new Project();
    const worker = await project.start("start");
    const [id] = await place(project, "order-1");
    await worker.stop();
    expect((await runHere(project, ["cancel"])).stderr).toContain("name the instances, or choose them");
    expect((await runHere(project, ["cancel", id!, "--all"])).stderr).toContain("name the instances, or choose them");
    expect((await runHere(project, ["reschedule", id!, "--to", "soon"])).stderr).toContain("It has to be a time from now");
    expect((await runHere(project, ["cancel", "order-lifecycle", "order-9"])).stderr).toContain('has the aggregate "order-9"');
    expect(await runHere(project, ["cancel", "no-such"])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('no instance "no-such"'),
    });
    const left = await runHere(project, ["cancel", id!]);
    expect(left).toMatchObject({ code: 0, stdout: `${id}  to be cancelled\n`, stderr: expect.stringContaining("No worker runs") });
    await project.start("start");
    await until(
      () => readHere<Listed>(project, "list", "--status", "cancelled"),
      ({ items }) => items.length === 1,
    );
  });
});
