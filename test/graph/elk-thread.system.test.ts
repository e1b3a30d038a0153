import { describe, expect, test as it } from "vitest";
import { layOutWithElk } from "../../src/graph/svg/elk.ts";
import { createElkThread } from "../../src/graph/svg/elk-thread.ts";

const COUNT = 12;
const graph = () => ({
  id: "chart",
  layoutOptions: { "elk.algorithm": "layered", "elk.edgeRouting": "ORTHOGONAL" },
  children: Array.from({ length: COUNT }, (_, index) => ({ id: `n${index}`, width: 80, height: 30 })),
  edges: Array.from({ length: 2 * COUNT }, (_, index) => ({
    id: `e${index}`,
    sources: [`n${index % COUNT}`],
    targets: [`n${(index * 7 + 3) % COUNT}`],
  })),
});

describe("the thread on which charts are laid out", () => {
  it("gives the same layout as this one, while this one goes on", async () => {
    const layOut = createElkThread();
    let turns = 0;
    const count = setInterval(() => (turns += 1), 1);
    const laidOut = await layOut(graph());
    clearInterval(count);
    // On this thread there would be none while ELK works.
    expect(turns).toBeGreaterThan(10);
    expect(withoutHashes(laidOut)).toEqual(withoutHashes(await layOutWithElk(graph())));
  });

  it("lays out the same graph once, and another one after it has ended", async () => {
    const layOut = createElkThread();
    const [one, other] = await Promise.all([layOut(graph()), layOut(graph())]);
    expect(other).toBe(one);
    expect(await layOut({ ...graph(), id: "another" })).toMatchObject({ id: "another", width: one.width });
  });

  it("says what is wrong with a graph, and lays out the next", async () => {
    const layOut = createElkThread();
    const broken = { ...graph(), edges: [{ id: "e", sources: ["nowhere"], targets: ["n1"] }] };
    await expect(layOut(broken)).rejects.toThrow("nowhere");
    expect(await layOut(graph())).toHaveProperty("width");
  });
});

/** ELK, which was Java once, numbers the objects that it has made in a thread. */
function withoutHashes(graph: object): unknown {
  return JSON.parse(JSON.stringify(graph, (field, value: unknown) => (field === "$H" ? undefined : value)));
}
