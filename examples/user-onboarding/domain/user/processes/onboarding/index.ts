import type { ProcessManager } from "./+types/onboarding";

export const config: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.UserSignedUp],
  completedBy: [events.OnboardingFinished, events.AccountClosed],
  timeout: "14d",
});
