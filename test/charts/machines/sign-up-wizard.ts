import { assign, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

/** Pages of a form, back and forth; a guard with params says what is long enough. */
const machine = setup({
  types: {
    context: {} as { readonly answers: Readonly<Record<string, string>>; readonly refused: number },
    events: {} as
      | { readonly type: "FormOpened" | "WentBack" | "Confirmed" }
      | { readonly type: "Answered"; readonly payload: { readonly text: string } },
    output: {} as string,
  },
  guards: {
    isLongEnough: ({ event }, params: { readonly least: number }) => event.type === "Answered" && event.payload.text.length >= params.least,
  },
  actions: {
    refuse: (_args, _params: { readonly page: string; readonly text: string }) => {},
    welcome: () => {},
    "on-went-back": () => {},
  },
}).createMachine({
  id: "wizard",
  context: { answers: {}, refused: 0 },
  initial: "name",
  on: { WentBack: { actions: "on-went-back" } },
  states: {
    name: {
      on: {
        Answered: [
          {
            guard: { type: "isLongEnough", params: { least: 2 } },
            target: "password",
            actions: assign({ answers: ({ context, event }) => ({ ...context.answers, name: event.payload.text }) }),
          },
          {
            actions: [
              assign({ refused: ({ context }) => context.refused + 1 }),
              { type: "refuse", params: ({ event }) => ({ page: "name", text: event.payload.text }) },
            ],
          },
        ],
      },
    },
    password: {
      on: {
        Answered: [
          {
            guard: { type: "isLongEnough", params: ({ context }) => ({ least: 4 + context.refused }) },
            target: "summary",
            actions: assign(({ context, event }) => ({ answers: { ...context.answers, password: event.payload.text } })),
          },
          { actions: { type: "refuse", params: ({ event }) => ({ page: "password", text: event.payload.text }) } },
        ],
        WentBack: { target: "name", actions: "on-went-back" },
      },
    },
    summary: {
      after: { "5h": "given_up" },
      on: { Confirmed: { target: "member", actions: "welcome" }, WentBack: "password" },
    },
    member: { type: "final" },
    given_up: { type: "final" },
  },
});

export const signUpWizard: ChartCase = {
  machine,
  start: { type: "FormOpened" },
  events: [
    { type: "Answered", payload: { text: "x" } },
    { type: "Answered", payload: { text: "Ada" } },
    { type: "Answered", payload: { text: "long enough" } },
    { type: "WentBack" },
    { type: "Confirmed" },
  ],
};
