import { setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

/** Styles of a text side by side. One event sets several of them at once, another reaches all of them from the root. */
const machine = setup({
  types: {
    events: {} as { readonly type: "TextSelected" | "BoldPressed" | "SlantPressed" | "ListPressed" | "HeadlineMade" | "StyleCleared" },
  },
  actions: { draw: (_args, _params: { readonly what: string }) => {}, store: () => {} },
}).createMachine({
  id: "text-style",
  type: "parallel",
  on: {
    StyleCleared: { target: [".weight.normal", ".slant.upright", ".list.none"], actions: { type: "draw", params: { what: "plain" } } },
    HeadlineMade: { target: [".weight.bold", ".list.none"], actions: "store" },
  },
  states: {
    weight: {
      initial: "normal",
      states: {
        normal: { exit: { type: "draw", params: { what: "leaves normal" } }, on: { BoldPressed: "bold" } },
        bold: { entry: { type: "draw", params: { what: "bold" } }, on: { BoldPressed: "normal" } },
      },
    },
    slant: {
      initial: "upright",
      states: {
        upright: { on: { SlantPressed: "italic" } },
        italic: { entry: { type: "draw", params: { what: "italic" } }, on: { SlantPressed: "upright" } },
      },
    },
    list: {
      initial: "none",
      states: {
        none: { on: { ListPressed: "dots" } },
        dots: { on: { ListPressed: "numbers", BoldPressed: { actions: { type: "draw", params: { what: "bold dots" } } } } },
        numbers: { on: { ListPressed: "none" }, exit: "store" },
      },
    },
  },
});

export const textStyle: ChartCase = {
  machine,
  start: { type: "TextSelected" },
  events: ["BoldPressed", "SlantPressed", "ListPressed", "HeadlineMade", "StyleCleared"].map((type) => ({ type })),
};
