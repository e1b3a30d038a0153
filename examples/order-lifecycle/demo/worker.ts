import { createProcessSystem, type Logger } from "perdure";
import type { Answer, Message, Question, Request } from "./protocol.ts";
import { systemOptions } from "./system-options.ts";

const database = process.argv[2];
if (database === undefined || process.send === undefined)
  throw new Error("worker.ts is started by demo/main.ts, with the path of the database");

const tell = (message: Message) => process.send?.(message);

// The command handlers of this domain log what they do, and what they do is what the story shows. What fails it tells by its steps.
const logger: Logger = {
  debug: () => {},
  info: (text, { order, command, commandId } = {}) => {
    if (typeof commandId === "string") tell({ tell: "effect", order: String(order), command: String(command), commandId, text });
  },
  warn: (text, { attempt } = {}) => {
    if (attempt === undefined) console.warn(text);
  },
  error: (text, { deadLetterId } = {}) => {
    if (deadLetterId === undefined) console.error(text);
  },
};

const system = await createProcessSystem({ ...systemOptions(database), logger });
system.processes.subscribe((step) => tell({ tell: "step", step }));

process.on("message", ({ id, question }: Request) => void answer(id, question));
// Without the story there is nobody to work for.
process.once("disconnect", () => process.exit());

tell({ tell: "opened" });

async function answer(id: number, question: Question): Promise<void> {
  const answer = await reply(question).catch((error: unknown): Answer => ({ to: "refused", reason: String(error) }));
  tell({ tell: "answer", id, answer });
  if (answer.to === "stop") process.disconnect();
}

async function reply(question: Question): Promise<Answer> {
  switch (question.ask) {
    case "start":
      await system.start();
      return { to: "start" };
    case "dispatch": {
      const { outcome } = await system.dispatch(question.event);
      return { to: "dispatch", outcome };
    }
    case "timers":
      return { to: "timers", timers: await system.timers.list({ aggregateId: question.aggregateId }) };
    case "stop":
      await system.stop();
      return { to: "stop" };
  }
}
