import type { ProcessSystem, Timer } from "perdure";
import { check } from "../demo/check.ts";
import type { Tone } from "../demo/narrator.ts";
import type { Scenery } from "../demo/stage.ts";
import type { Server } from "./server.ts";
import type { Services } from "./services.ts";

/** Scenery with what can be killed. */
export interface RestateStage extends Scenery {
  readonly system: Pick<ProcessSystem, "timers">;
  readonly server: Server;
  readonly services: Services;
}

export async function itSurvives({ narrator, chronicle, dispatch, waitUntil, system, server, services }: RestateStage): Promise<void> {
  const order = "o-4";
  narrator.heading(
    "4  An order whose service process and whose server are killed",
    "Another process sends the email. No server is there when the timeout falls due; the next one finds it where it was.",
  );
  const tell = (what: string, text: string, tone: Tone = "plain", of = "") =>
    narrator.line({ at: new Date(), order: of, what, tone, text });

  await dispatch({ type: "OrderPlaced", aggregateId: order, payload: { customer: "dan@example.com", totalCents: 3_100 } });
  await chronicle.waitFor(order, "handled", "on-order-placed");
  const timers = await system.timers.list({ aggregateId: order });
  check(`what ${order} waits for`, ["sendWelcomeEmail", "timeout"], timers.map(nameTimer));
  const [email, timeout] = [...timers] as [Timer, Timer];
  tell("due", timers.map((timer) => `${nameTimer(timer)} ${narrator.moment(timer.dueAt, 3)}`).join(", "), "strong", order);

  tell("killed", `service process ${await services.killBusiest()}, by SIGKILL`, "bad");
  const wasInTime = new Date() < email.dueAt;
  await chronicle.waitFor(order, "command_handled", "sendWelcomeEmail");

  const { pid } = server;
  await server.kill();
  tell("killed", `server ${pid}, by SIGKILL`, "bad");
  await waitUntil(new Date(timeout.dueAt.getTime() + 200));
  await server.start();
  tell("server", `process ${server.pid} starts with what is in the folder`, "asked");

  const { dueAt } = await chronicle.waitFor(order, "timed_out");
  check("the timeout that came was due", timeout.dueAt, dueAt);
  await chronicle.waitFor(order, "command_handled", "cancelOrder");
  const count = chronicle.countEffects(order, "sendWelcomeEmail");
  tell("counted", `${count} welcome email, from both processes together`, "strong", order);
  // A process that is killed while it sends the email leaves that to be done again, under the same idempotency key.
  check(`welcome emails for ${order}`, wasInTime ? 1 : count, count);
}

function nameTimer({ kind, command }: Timer): string {
  return command ?? kind;
}
