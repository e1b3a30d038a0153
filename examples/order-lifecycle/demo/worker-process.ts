import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { KnownEvent, Timer } from "perdure";
import { check, StoryError, within } from "./check.ts";
import type { Answer, Effect, Message, Question, Request, Step } from "./protocol.ts";

/** The OS process that works on the database, as the story holds it. */
export interface Worker {
  readonly pid: number | undefined;
  /** Begins to work. Before, it only looks. */
  start(): Promise<void>;
  /** Resolves when the event is accepted, which means durable. */
  dispatch(event: KnownEvent): Promise<void>;
  timers(aggregateId: string): Promise<readonly Timer[]>;
  /** Ends it as a crash would: it is not told, and nothing of it runs any more. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** Ends it if it still runs, however. */
  end(): Promise<void>;
}

export interface WorkerListener {
  onStep(step: Step): void;
  onEffect(effect: Effect): void;
  /** It ended without being asked to. */
  onLost(error: StoryError): void;
}

/** A worker that has opened the database and does not work yet. */
export async function openWorker(database: string, listener: WorkerListener): Promise<Worker> {
  const child = fork(jiti, [workerFile, database], { serialization: "advanced" });
  const answers = new Map<number, (answer: Answer) => void>();
  const ended = watchEnd(child);
  let isEnding = false;
  child.once("exit", (code, signal) => {
    if (!isEnding) listener.onLost(new StoryError(`the worker ended by itself, with ${signal ?? `exit code ${code}`}`));
  });

  const opened = new Promise<void>((resolve) => {
    child.on("message", (message: Message) => {
      switch (message.tell) {
        case "opened":
          resolve();
          break;
        case "step":
          listener.onStep(message);
          break;
        case "effect":
          listener.onEffect(message);
          break;
        case "answer":
          answers.get(message.id)?.(message.answer);
          answers.delete(message.id);
      }
    });
  });
  const lost = ended.then(({ code }) => {
    throw new StoryError(`the worker ended while it was starting, with exit code ${code}`);
  });
  try {
    await within(15, "the worker opens the database", Promise.race([opened, lost]), () => "it says nothing");
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }

  let lastId = 0;
  const ask = (question: Question): Promise<Answer> => {
    const id = ++lastId;
    const answer = new Promise<Answer>((resolve, reject) => {
      answers.set(id, resolve);
      child.send({ id, question } satisfies Request, (error) => {
        if (error) reject(new StoryError(`the worker cannot be asked to ${question.ask}: ${error.message}`));
      });
    });
    return within(10, `the worker answers "${question.ask}"`, answer, () => "it says nothing");
  };
  const endBy = async (how: () => unknown) => {
    isEnding = true;
    await how();
    return within(10, "the worker ends", ended, () => "it still runs");
  };

  return {
    pid: child.pid,
    start: async () => {
      check("the worker starts", { to: "start" }, await ask({ ask: "start" }));
    },
    dispatch: async (event) => {
      const answer = await ask({ ask: "dispatch", event });
      check(`${event.type} for ${event.aggregateId} is accepted`, { to: "dispatch", outcome: "accepted" }, answer);
    },
    timers: async (aggregateId) => {
      const answer = await ask({ ask: "timers", aggregateId });
      return answer.to === "timers" ? answer.timers : [];
    },
    kill: async () => {
      check("the worker ends by the signal", { code: null, signal: "SIGKILL" }, await endBy(() => child.kill("SIGKILL")));
    },
    stop: async () => {
      check("the worker ends in order", { code: 0, signal: null }, await endBy(() => ask({ ask: "stop" })));
    },
    end: async () => {
      await endBy(() => child.kill("SIGKILL"));
    },
  };
}

const workerFile = fileURLToPath(new URL("./worker.ts", import.meta.url));

// The command that runs the story too: it reads TypeScript on every version of Node that Perdure supports.
const jiti = join(dirname(createRequire(import.meta.url).resolve("jiti/package.json")), "lib/jiti-cli.mjs");

async function watchEnd(child: ChildProcess) {
  const [code, signal] = (await once(child, "exit")) as [code: number | null, signal: NodeJS.Signals | null];
  return { code, signal };
}
