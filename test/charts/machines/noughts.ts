import { assign, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

const lines = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
  [0, 3, 6],
  [1, 4, 7],
  [2, 5, 8],
  [0, 4, 8],
  [2, 4, 6],
] as const;

/** A game of two. Who has won is a guard's business, and the machine's output says it. */
const machine = setup({
  types: {
    context: {} as { readonly board: readonly (string | null)[]; readonly player: "o" | "x"; readonly winner: string | null },
    events: {} as
      { readonly type: "GameBegun" | "BoardShaken" } | { readonly type: "Marked"; readonly payload: { readonly field: number } },
    output: {} as string,
  },
  actions: { draw: (_args, _params: { readonly board: string }) => {}, cheer: (_args, _params: { readonly winner: string | null }) => {} },
  guards: {
    isFree: ({ context, event }) => event.type === "Marked" && context.board[event.payload.field] === null,
    isWon: ({ context }) =>
      lines.some(([one, two, three]) => {
        const mark = context.board[one];
        return mark !== null && context.board[two] === mark && context.board[three] === mark;
      }),
    isFull: ({ context }) => context.board.every((mark) => mark !== null),
  },
}).createMachine({
  id: "noughts",
  context: { board: Array.from({ length: 9 }, () => null), player: "o", winner: null },
  initial: "playing",
  states: {
    playing: {
      on: {
        Marked: {
          guard: "isFree",
          target: "judging",
          actions: [
            assign({ board: ({ context, event }) => context.board.with(event.payload.field, context.player) }),
            { type: "draw", params: ({ context }) => ({ board: context.board.map((mark) => mark ?? ".").join("") }) },
          ],
        },
        BoardShaken: { actions: assign({ board: ({ context }) => context.board.toReversed() }) },
      },
      after: { "12h": "drawn" },
    },
    judging: {
      always: [
        { guard: "isWon", target: "won", actions: assign({ winner: ({ context }) => context.player }) },
        { guard: "isFull", target: "drawn" },
        { target: "playing", actions: assign({ player: ({ context }) => (context.player === "o" ? "x" : "o") }) },
      ],
    },
    won: { type: "final", entry: { type: "cheer", params: ({ context }) => ({ winner: context.winner }) } },
    drawn: { type: "final" },
  },
  output: ({ context }) => (context.winner === null ? "nobody" : `${context.winner} wins`),
});

export const noughts: ChartCase = {
  machine,
  start: { type: "GameBegun" },
  events: [...[0, 1, 2, 3, 4, 5, 6, 7, 8].map((field) => ({ type: "Marked", payload: { field } })), { type: "BoardShaken" }],
};
