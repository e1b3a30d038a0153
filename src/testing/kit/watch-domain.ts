import type { Domain, HandlerDefinition, ProcessDefinition } from "../../definition/model/definition.ts";
import type { Handler } from "../../definition/model/handler.ts";

/** What is called before each attempt, and can take its arguments in hand. */
export interface Watch {
  onHandler(name: string, process: string, args: object): void;
  onCommand(name: string): void;
}

/** The domain with `watch` before each of its handlers and command handlers. */
export function watchDomain({ definitions, commands, events }: Domain, watch: Watch): Domain {
  return {
    events,
    definitions: definitions.map((definition) => watchDefinition(definition, watch)),
    commands: new Map([...commands].map(([name, command]) => [name, { ...command, run: watchCommand(command.run, () => name, watch) }])),
  };
}

/** `nameOf` reads the command's name from the arguments, for a handler that serves all of them. */
export function watchCommand<Args, Result>(
  run: (args: Args) => Result,
  nameOf: (args: Args) => string,
  watch: Pick<Watch, "onCommand">,
): (args: Args) => Result {
  return (args) => {
    watch.onCommand(nameOf(args));
    return run(args);
  };
}

function watchDefinition(definition: ProcessDefinition, watch: Watch): ProcessDefinition {
  const { process, handlers, timedOut, failed } = definition;
  const watchHandler = (handler: HandlerDefinition): HandlerDefinition => {
    const run: Handler = (args) => {
      watch.onHandler(handler.name, process, args);
      return handler.run(args);
    };
    return { ...handler, run };
  };
  return {
    ...definition,
    handlers: new Map([...handlers].map(([type, handler]) => [type, watchHandler(handler)])),
    timedOut: timedOut && watchHandler(timedOut),
    failed: failed && watchHandler(failed),
  };
}
