import * as fc from "fast-check";
import { expect, test } from "vitest";
import { drawSvg } from "../../src/graph/svg/draw-svg.ts";
import { anyChart, isOfRuntime, oddChart, toXmlText } from "./any-chart.ts";
import { readPicture, readTitle } from "./read-svg.ts";
import { hasClass } from "./read-xml.ts";

test("a picture is well-formed XML whatever the texts are, and each of them is whole in a title", () => {
  fc.assert(
    fc.property(oddChart, (chart) => {
      const { root, elements, boxes } = readPicture(chart);
      expect(root).toMatchObject({ name: "svg", attributes: { xmlns: "http://www.w3.org/2000/svg", role: "img" } });
      expect(root.children[0]).toMatchObject({ name: "title", text: toXmlText(chart.process) });
      const titles = elements.filter(({ name }) => name === "title").map(({ text }) => text);
      for (const { trigger, handler, description } of chart.transitions) {
        const type = trigger.kind === "event" && !isOfRuntime(trigger.type) ? trigger.type : "";
        const title = titles.find((whole) => [type, handler ?? "", description ?? ""].every((text) => whole.includes(toXmlText(text))));
        expect(title).toBeDefined();
      }
      for (const { id, handler, description } of chart.states) {
        const title = readTitle(boxes.find(({ state }) => state === id)!.group);
        for (const text of [handler ?? "", description ?? ""]) expect(title).toContain(toXmlText(text));
      }
    }),
  );
});

test("a picture stands alone: it runs nothing, loads nothing and refers to nothing", () => {
  fc.assert(
    fc.property(oddChart, (chart) => {
      const { elements } = readPicture(chart);
      const allowed = ["svg", "title", "desc", "style", "rect", "circle", "path", "text", "g"];
      expect(elements.map(({ name }) => name).filter((name) => !allowed.includes(name))).toEqual([]);
      expect(
        elements.flatMap(({ attributes }) => Object.keys(attributes)).filter((name) => /^(?:on.*|.*href|style|id)$/.test(name)),
      ).toEqual([]);
      const [style, ...others] = elements.filter(({ name }) => name === "style").map(({ text }) => text);
      expect(others).toEqual([]);
      expect(style).not.toMatch(/url|@import|@font-face/);
    }),
    { numRuns: 30 },
  );
});

test("a picture has a dark scheme, and its style says nothing of what is outside of it", () => {
  const [chart] = fc.sample(anyChart, 1);
  const style = readPicture(chart!).elements.find(({ name }) => name === "style")!.text;
  const [light = "", dark = ""] = style.split("@media (prefers-color-scheme:dark)");
  const selectors = [...`${light}${dark.slice(1, -1)}`.matchAll(/([^{}]+)\{/g)].flatMap(([, selector]) => selector!.split(","));
  expect(selectors.length).toBeGreaterThan(50);
  expect(selectors.filter((selector) => !selector.startsWith(".perdure-chart "))).toEqual([]);
});

test("the same chart gives the same picture", () => {
  fc.assert(
    fc.property(oddChart, (chart) => {
      expect(drawSvg(structuredClone(chart))).toBe(drawSvg(chart));
    }),
    { numRuns: 20 },
  );
});

test("each event of an instance is one row, with a mark if it completes", () => {
  fc.assert(
    fc.property(anyChart, (chart) => {
      const { rows } = readPicture(chart);
      const found = rows.map((row) => {
        const [type, handler] = row.children.filter(({ name }) => name === "text").map(({ text }) => text);
        return { type, handler, completes: hasClass(row, "completed") };
      });
      const expected = chart.transitions.flatMap(({ trigger, target, handler }) =>
        trigger.kind === "event" && !isOfRuntime(trigger.type) ? [{ type: trigger.type, handler, completes: target === "completed" }] : [],
      );
      expect(found).toHaveLength(expected.length);
      expect(found).toEqual(expect.arrayContaining(expected));
    }),
  );
});

test("the timeout is written on its line; without one, timed_out says that nothing leads there", () => {
  fc.assert(
    fc.property(anyChart, (chart) => {
      const { boxes, lines } = readPicture(chart);
      const labels = lines.flatMap(({ label }) => label?.text ?? []);
      const trigger = chart.transitions.find(({ target }) => target === "timed_out")?.trigger;
      const timeout = trigger?.kind === "delay" ? [`after ${trigger.text}${/^\d+$/.test(trigger.text) ? " ms" : ""}`] : [];
      expect(labels).toEqual([...timeout, "out of attempts", "an operator retries"]);
      const { group } = boxes.find(({ state }) => state === "timed_out")!;
      expect(hasClass(group, "unreached")).toBe(trigger === undefined);
      expect(group.children.some(({ text }) => text === "Nothing leads here.")).toBe(trigger === undefined);
    }),
  );
});
