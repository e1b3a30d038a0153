import { assign, cancel, fromPromise, raise, setup } from "xstate";
import type { TripInput } from "../../../../plan.ts";

interface Context {
  readonly trip: TripInput;
  /** The last event that changed something. */
  readonly last: string;
  /** What the invocations brought, in order: the command's name, or what the insurance came to. */
  readonly took: readonly string[];
  readonly rounds: number;
  readonly reminders: number;
  readonly guests: number;
}

const unused = fromPromise<{ readonly by?: string; readonly outcome?: string }, object>(() =>
  Promise.reject(new Error("it is there for its types alone")),
);

const chart = setup({
  types: {
    context: {} as Context,
    input: {} as TripInput,
    events: {} as {
      type:
        | "TripPlanned"
        | "TripPaused"
        | "TripResumed"
        | "TripClosed"
        | "HotelChosen"
        | "HotelChanged"
        | "TermsChanged"
        | "GuestAdded"
        | "Nudged";
      readonly eventId?: string;
    },
  },
  actors: { bookFlight: unused, bookHotel: unused, sendInvoice: unused, "trip/insurance": unused },
  actions: {
    note: (_args, _params: { readonly place: string }) => {},
    sendCard: () => {},
    "on-guest-added": () => {},
  },
  guards: { hasReminders: ({ context }) => context.reminders < context.trip.reminders, hasRounds: ({ context }) => context.rounds < 3 },
  delays: {
    planningTime: ({ context }) => context.trip.planningMs,
    remind: ({ context }) => context.trip.remindMs,
    askAgain: ({ context }) => context.trip.askAgainMs,
    nudge: ({ context }) => context.trip.nudgeMs,
    patience: ({ context }) => context.trip.nudgeMs,
    "365d": 365 * 86_400_000,
  },
});

const note = (place: string) => ({ type: "note", params: { place } }) as const;
/** A chart's event has the fields of one of Perdure's. */
const nameOf = (event: object) => (event as { readonly eventId: string }).eventId;
const remember = assign<Context, never, undefined, never, never>({ last: ({ event }) => nameOf(event) }) as never;
const take = assign<Context, never, undefined, never, never>({
  took: ({ context, event }) => {
    const { output } = event as { readonly output?: { readonly by?: string; readonly outcome?: string } };
    return [...context.took, output?.by ?? output?.outcome ?? "an error"];
  },
}) as never;

/** A trip: flight, hotel and insurance are seen to side by side, with a pause now and then, until the trip is closed. */
export const machine = chart.createMachine({
  id: "trip",
  context: ({ input }) => ({ trip: input, last: "", took: [], rounds: 0, reminders: 0, guests: 0 }),
  initial: "planning",
  on: {
    TripClosed: { target: ".closing", actions: [remember, note("closed")] },
    GuestAdded: {
      actions: [remember, assign({ guests: ({ context }) => context.guests + 1 }), "on-guest-added", "sendCard", note("guest")],
    },
  },
  states: {
    planning: {
      type: "parallel",
      entry: [assign({ rounds: ({ context }) => context.rounds + 1 }), note("planning")],
      exit: note("planned"),
      after: { planningTime: "waiting" },
      on: { TripPaused: { target: "paused", actions: [remember, "sendCard"] } },
      onDone: { target: "travelling", actions: note("all done") },
      states: {
        flight: {
          initial: "asking",
          states: {
            asking: {
              invoke: {
                id: "flight",
                src: "bookFlight",
                input: ({ context }) => context.trip.flights[context.rounds % context.trip.flights.length]!,
                onDone: { target: "booked", actions: [take, remember, note("flight")] },
                onError: { target: "refused", actions: [take, remember, note("no flight"), "sendCard"] },
              },
            },
            refused: {
              exit: note("asked again"),
              after: {
                askAgain: [
                  { guard: "hasRounds", target: "asking", actions: assign({ rounds: ({ context }) => context.rounds + 1 }) },
                  { target: "given up" },
                ],
              },
            },
            "given up": { type: "final" },
            booked: { type: "final" },
          },
        },
        hotel: {
          initial: "choosing",
          states: {
            choosing: {
              after: {
                remind: {
                  guard: "hasReminders",
                  target: "choosing",
                  reenter: true,
                  actions: [remember, assign({ reminders: ({ context }) => context.reminders + 1 }), note("remind"), "sendCard"],
                },
              },
              on: { HotelChosen: { target: "booking", actions: remember } },
            },
            booking: {
              entry: note("booking"),
              // Without an onError, so that one that fails for good is a dead letter.
              invoke: {
                id: "hotel",
                src: "bookHotel",
                input: ({ context }) => context.trip.hotel,
                onDone: { target: "booked", actions: [take, remember] },
              },
              on: { HotelChanged: { target: "booking", reenter: true, actions: [remember, note("another hotel")] } },
            },
            booked: { type: "final" },
          },
        },
        insurance: {
          initial: "asking",
          states: {
            asking: {
              invoke: {
                id: "insurance",
                src: "trip/insurance",
                input: ({ context }) => context.trip.insurance,
                onDone: { target: "settled", actions: [take, remember, note("insured")] },
                onError: { target: "settled", actions: [take, remember] },
              },
              on: { TermsChanged: { target: "asking", reenter: true, actions: [remember, note("other terms")] } },
            },
            settled: { type: "final" },
          },
        },
        back: { type: "history", history: "deep" },
      },
    },
    paused: {
      entry: [note("paused"), raise({ type: "Nudged" }, { delay: "nudge", id: "nudge" })],
      exit: [cancel("nudge"), note("resumed")],
      on: {
        TripResumed: { target: "planning.back", actions: remember },
        Nudged: { actions: [remember, note("nudged")] },
      },
    },
    waiting: {
      entry: note("waiting"),
      after: { patience: { guard: "hasRounds", target: "planning", actions: remember }, "365d": "travelling" },
      on: { TripResumed: { target: "planning", actions: remember } },
    },
    travelling: { entry: ["sendCard", note("travelling")], after: { "365d": "closing" } },
    closing: {
      invoke: {
        id: "invoice",
        src: "sendInvoice",
        input: ({ context }) => context.trip.invoice,
        onDone: { target: "paid", actions: [take, remember] },
        onError: { target: "unpaid", actions: [take, remember, note("unpaid")] },
      },
    },
    paid: { type: "final", entry: note("paid") },
    unpaid: { type: "final" },
  },
});
