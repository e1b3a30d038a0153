import { createMachine } from "xstate";

export const machine = createMachine(
  {
    id: "Return of a parcel",
    initial: "Arriving",
    context: {},
    states: {
      Arriving: {
        on: {
          ParcelArrived: [
            {
              target: "Checking",
              guard: "isComplete",
              actions: [],
            },
            {
              target: "Refused",
            },
          ],
        },
        after: {
          "1209600000": [
            {
              target: "#Return of a parcel.Refused",
              actions: [],
              meta: {},
            },
          ],
        },
      },
      Checking: {
        type: "parallel",
        states: {
          Goods: {
            initial: "Unseen",
            states: {
              Unseen: {
                on: {
                  GoodsInspected: {
                    target: "Seen",
                  },
                },
              },
              Seen: {
                type: "final",
              },
            },
          },
          Papers: {
            initial: "Unread",
            states: {
              Unread: {
                on: {
                  PapersRead: {
                    target: "Read",
                  },
                },
              },
              Read: {
                type: "final",
              },
            },
          },
          "Where it was": {
            history: "deep",
            type: "history",
          },
        },
        on: {
          InspectionInterrupted: {
            target: "Interrupted",
          },
        },
        onDone: {
          target: "Refunded",
        },
      },
      Interrupted: {
        on: {
          InspectionResumed: {
            target: "#Return of a parcel.Checking.Where it was",
          },
        },
      },
      Refunded: {
        entry: {
          type: "payBack",
        },
        type: "final",
      },
      Refused: {
        entry: {
          type: "sendBack",
        },
        type: "final",
      },
    },
    types: {
      events: {} as
        | { type: "ParcelArrived" }
        | { type: "GoodsInspected" }
        | { type: "PapersRead" }
        | { type: "InspectionInterrupted" }
        | { type: "InspectionResumed" },
      context: {} as {},
    },
  },
  {
    actions: {
      payBack: ({ context, event }) => {},
      sendBack: ({ context, event }) => {},
    },
    actors: {},
    guards: {
      isComplete: ({ context, event }, params) => {
        return true;
      },
    },
    delays: {},
  },
);
