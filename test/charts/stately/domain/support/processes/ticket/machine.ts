import { fromPromise, setup } from "xstate";

export const machine = setup({
  types: {
    context: {} as { answers: number },
    events: {} as { type: "TicketOpened" } | { type: "AnswerSent" } | { type: "CustomerReplied" } | { type: "TicketSolved" },
  },
  actions: {
    tellCustomer: function ({ context, event }, params) {
      // Add your action code here
      // ...
    },
    escalate: function ({ context, event }, params) {
      // Add your action code here
      // ...
    },
  },
  actors: {
    assignAgent: fromPromise(async ({ input }) => {
      // ...
    }),
  },
  guards: {
    isUrgent: function ({ context, event }) {
      // Add your guard condition here
      return true;
    },
  },
  delays: {
    patience: 14400000,
  },
  schemas: {
    events: {
      AnswerSent: {
        type: "object",
        properties: {},
      },
    },
  },
}).createMachine({
  context: {
    answers: 0,
  },
  id: "Support ticket",
  initial: "Looking for an agent",
  states: {
    "Looking for an agent": {
      invoke: {
        id: "assignAgent",
        input: {},
        src: "assignAgent",
        onDone: {
          target: "Open",
        },
        onError: [
          {
            target: "Escalated",
            guard: {
              type: "isUrgent",
            },
          },
          {
            target: "Open",
          },
        ],
      },
    },
    Open: {
      initial: "Waiting for an answer",
      on: {
        TicketSolved: {
          target: "#Support ticket.Solved",
        },
      },
      states: {
        "Waiting for an answer": {
          after: {
            patience: {
              target: "#Support ticket.Escalated",
            },
          },
          on: {
            AnswerSent: {
              target: "Answered",
              actions: {
                type: "tellCustomer",
                params: {
                  how: "mail",
                },
              },
            },
          },
        },
        Answered: {
          after: {
            "604800000": {
              target: "#Support ticket.Solved",
            },
          },
          on: {
            CustomerReplied: {
              target: "Waiting for an answer",
            },
          },
          description: "Solved after a week of silence.",
        },
      },
    },
    Escalated: {
      entry: {
        type: "escalate",
      },
      on: {
        TicketSolved: {
          target: "Solved",
        },
      },
    },
    Solved: {
      type: "final",
    },
  },
});
