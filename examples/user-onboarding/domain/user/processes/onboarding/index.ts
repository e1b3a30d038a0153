import type { ProcessManager } from "./+types/onboarding";

export const config: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.UserSignedUp],
  completedBy: { [events.AccountClosed]: "closed" },
  completeWhen: ({ context }) => context.hasConfirmed && context.hasProject,
  timeout: "14d",
});
