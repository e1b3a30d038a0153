import type { Timer } from "perdure";
import { check } from "../check.ts";
import type { Tone } from "../narrator.ts";
import type { Stage } from "../stage.ts";

export async function itSurvives(stage: Stage): Promise<void> {
  const { narrator, chronicle, dispatch } = stage;
  const order = "o-4";
  narrator.heading(
    "4  An order whose worker is killed",
    "Nobody is there when the email falls due. The next worker finds every timer where it was.",
  );
  const tell = (what: string, text: string, tone: Tone = "plain", of = "") =>
    narrator.line({ at: new Date(), order: of, what, tone, text });
  const describe = (timers: readonly Timer[]) => timers.map((timer) => `${nameTimer(timer)} ${narrator.moment(timer.dueAt, 3)}`).join(", ");

  await dispatch({ type: "OrderPlaced", aggregateId: order, payload: { customer: "dan@example.com", totalCents: 3_100 } });
  await chronicle.waitFor(order, "handled", "on-order-placed");
  const before = await stage.worker.timers(order);
  check(`what ${order} waits for`, ["sendWelcomeEmail", "timeout"], before.map(nameTimer));
  const [email, timeout] = before as [Timer, Timer];
  tell("due before", describe(before), "strong", order);

  await stage.worker.kill();
  tell("killed", `process ${stage.worker.pid}, by SIGKILL`, "bad");
  await stage.waitUntil(new Date(email.dueAt.getTime() + 200));

  await stage.openWorker();
  const after = await stage.worker.timers(order);
  tell("due after", describe(after), "strong", order);
  check("what the next worker finds to be due", describe(before), describe(after));
  await stage.worker.start();

  await chronicle.waitFor(order, "command_handled", "sendWelcomeEmail");
  const { dueAt } = await chronicle.waitFor(order, "timed_out");
  check("the timeout that came was due", timeout.dueAt, dueAt);
  await chronicle.waitFor(order, "command_handled", "cancelOrder");

  const count = chronicle.countEffects(order, "sendWelcomeEmail");
  tell("counted", `${count} welcome email, from both workers together`, "strong", order);
  check(`welcome emails for ${order}`, 1, count);
}

function nameTimer({ kind, command }: Timer): string {
  return command ?? kind;
}
