import { defineProcess, type ProcessOptions } from "perdure";
import { describe, expect, test as it } from "vitest";
import { findCommands } from "../../src/graph/domain/found-commands.ts";
import { describeMachine } from "../../src/machine/chart.ts";
import { compileMachine } from "../../src/machine/compile-machine.ts";
import { runHere } from "../cli/run-here.ts";
import { fulfil, openShop, place } from "../cli/shop.ts";
import { readPicture, readTitle } from "./read-svg.ts";
import { hasClass, listElements } from "./read-xml.ts";

const options: ProcessOptions = {
  aggregate: "customer",
  name: "trial",
  startedBy: ["TrialStarted"],
  completedBy: ["TrialStarted", "TrialConverted"],
  timeout: "14d",
  on: {
    TrialStarted: async ({ event: { aggregateId }, commands }) => {
      await commands.sendWelcomeEmail!({ aggregateId });
      await commands.sendReminder!({ aggregateId, delay: "7d" });
      await commands.sendReminder!({ aggregateId, delay: "12d" });
    },
    TrialExtended: () => {},
  },
  onTimedOut: ({ event: { aggregateId }, commands }) => commands.closeAccount!({ aggregateId }),
};
const trial = defineProcess(options);
const chart = describeMachine(compileMachine(trial));

describe("the picture of a process", () => {
  it("has the commands of each handler below it, dashed, and says what that means", async () => {
    const { boxes, rows, elements } = readPicture(chart, { found: await findCommands(trial) });
    const textsOf = (element: (typeof elements)[number]) =>
      listElements(element)
        .filter((each) => hasClass(each, "found"))
        .map(({ children }) => children.find(({ name }) => name === "text")!.text);
    const [timedOut] = boxes.filter(({ state }) => state === "timed_out");
    const row = rows.find((each) => readTitle(each).startsWith("TrialStarted"))!;
    expect(textsOf(row)).toEqual(["sendWelcomeEmail", "sendReminder after 7d", "sendReminder after 12d"]);
    expect(readTitle(row)).toContain("→ sendReminder after 12d");
    expect(textsOf(timedOut!.group)).toEqual(["closeAccount"]);
    const description = elements.find(({ name }) => name === "desc")!.text;
    expect(description).toContain(
      "on-trial-started: dispatches sendWelcomeEmail, sendReminder after 7d, sendReminder after 12d, found in its code.",
    );
    expect(elements.some(({ text }) => text === "Dashed: commands whose names were found in the code of the handler.")).toBe(true);
  });

  it("says nothing of commands where none was found", () => {
    const { elements } = readPicture(chart);
    expect(elements.filter((each) => hasClass(each, "found") || hasClass(each, "legend"))).toEqual([]);
  });

  it("marks the events that begin an instance, also one that completes it as well", () => {
    const { rows } = readPicture(chart);
    const marks = rows.map((row) => [
      row.children.find((each) => hasClass(each, "name"))!.text,
      row.children.some((each) => hasClass(each, "start")),
      row.children.some((each) => hasClass(each, "line")),
    ]);
    expect(marks.toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1))).toEqual([
      ["TrialConverted", false, true],
      ["TrialExtended", false, false],
      ["TrialStarted", true, true],
    ]);
  });

  it("has its boxes in two columns whose edges meet, and no band without an event below the last", () => {
    // Its timed-out handler has a name that is wider than the box would be.
    const long = defineProcess({ ...options, name: "trial-of-a-yearly-subscription" });
    const { boxes, rows } = readPicture(describeMachine(compileMachine(long)));
    const [started, completed, timedOut, failed] = boxes;
    expect([failed!.left, failed!.right]).toEqual([started!.left, started!.right]);
    expect([timedOut!.left, timedOut!.right]).toEqual([completed!.left, completed!.right]);
    const lowest = Math.max(...rows.flatMap(listElements).map(({ attributes }) => Number(attributes.y ?? 0)));
    expect(started!.bottom - lowest).toBeLessThan(50);
  });

  it("names the instance, where it is one of an instance, and what its handlers dispatch", async () => {
    const project = await openShop([place("order-1"), fulfil("order-1")]);
    const { stdout } = await runHere(project, ["show", "order-lifecycle", "order-1", "--svg"]);
    expect(stdout).toMatch(/>order-1: completed, process id [0-9a-f-]{36}</);
    expect(stdout).toMatch(/>started \d{4}-\d\d-\d\d [\d:]+Z, updated \d{4}-\d\d-\d\d [\d:]+Z, ended \d{4}-\d\d-\d\d [\d:]+Z</);
    expect(stdout).toContain(">sendWelcomeEmail after 1h<");
    const { stdout: drawn } = await runHere(project, ["graph", "order-lifecycle", "--format", "svg"]);
    expect(drawn).toContain(">sendWelcomeEmail after 1h<");
    expect(drawn).not.toContain("order-1");
  });
});
