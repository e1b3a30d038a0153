import type { DeepReadonly } from "../model/context.ts";
import type { Commands } from "../model/command.ts";
import type { ProcessEvent } from "../model/event.ts";
import type { HandlerArgs } from "../model/handler.ts";
import type { PayloadOutput } from "./payload-type.ts";
import type { RegisteredEvents } from "./register.ts";

/**
 * A machine of XState, as far as its type is looked at. It is described by its shape, because XState's own types belong to the version that the
 * program has.
 */
export interface ChartMachine {
  readonly implementations: object;
  readonly root: object;
  provide(implementations: never): unknown;
  getInitialSnapshot(...args: never): unknown;
  transition(...args: never): unknown;
}

/** The machine of a `machine.ts` by the type of the file; `unknown` where TypeScript knows nothing of the file. */
export type MachineOf<Module> = Module extends { readonly machine: infer Machine } ? Machine : never;

/** What the instances of a machine remember, as handlers see it; `unknown` where nothing is known of the machine. */
export type ChartContext<Machine> = unknown extends Machine
  ? unknown
  : Machine extends { getInitialSnapshot(...args: never): { readonly context: infer Context } }
    ? DeepReadonly<Context>
    : unknown;

/** The names of a machine's actions, those that `assign` implements among them; any text where `setup` names none. */
export type ChartActionName<Machine> = unknown extends Machine ? string : keyof ChartActions<Machine> & string;

/**
 * What the handler of an action receives. `Events` are the types of the project's event files by event type. An action called `on-order-placed`
 * gets the event that it names.
 */
export type ActionHandlerArgs<Machine, Name extends string, KnownCommands = Commands, Events = RegisteredEvents> = Name extends
  | ChartActionName<Machine>
  // Where all names are taken, the union above is no list.
  | (string extends ChartActionName<Machine> ? string : never)
  ? ArgsOfAction<Machine, Name, KnownCommands, Events>
  : UnknownAction<`The chart has no action ${Name}.`>;

/** Nothing can be read from it, and the compiler says what is wrong when it says so. */
type UnknownAction<Problem extends string> = [ActionWithout<Problem>][0];

interface ActionWithout<Problem extends string> {
  readonly problem: Problem;
}

interface ArgsOfAction<Machine, Name extends string, KnownCommands, Events> extends Omit<
  HandlerArgs<unknown, string, KnownCommands, ChartContext<Machine>>,
  "event" | "params"
> {
  readonly event: Name extends `on-${infer Kebab}` ? EventOfType<PascalCase<Kebab>, Machine, Events> : EventOfAction<Machine, Events>;
  /** What the machine gives the action with. */
  readonly params: ChartParams<Machine, Name>;
}

/** An event of XState in a handler: the delay of a state is over, or something invoked has come to its end. */
export type ChartOwnEvent = EventFacts & {
  readonly type: `xstate.${string}`;
  readonly payload: undefined;
  /** The result of what was invoked. */
  readonly output?: unknown;
  /** Why what was invoked has failed. */
  readonly error?: unknown;
};

/** What every event says, those of the chart too: of these it is said of the event that led to them. */
type EventFacts = Omit<ProcessEvent, "type" | "payload">;

type EventOfAction<Machine, Events> =
  string extends ChartEventType<Machine>
    ? ProcessEvent & Pick<ChartOwnEvent, "output" | "error">
    : EachEvent<ChartEventType<Machine>, Machine, Events> | ChartOwnEvent;

type EachEvent<Type, Machine, Events> = Type extends string ? EventOfType<Type, Machine, Events> : never;

// What a file says of an event goes before what the machine says.
type EventOfType<Type extends string, Machine, Events> = Type extends keyof Events
  ? ProcessEvent<PayloadOutput<Events[Type]>, Type>
  : [Extract<ChartEvent<Machine>, { readonly type: Type }>] extends [never]
    ? ProcessEvent<unknown, Type>
    : EventFacts & { readonly payload?: unknown } & Extract<ChartEvent<Machine>, { readonly type: Type }>;

type ChartEventType<Machine> = ChartEvent<Machine> extends { readonly type: infer Type } ? Type : string;

type ChartEvent<Machine> = unknown extends Machine
  ? { readonly type: string }
  : Machine extends { transition(snapshot: never, event: infer Event, scope: never): unknown }
    ? Event
    : { readonly type: string };

type ChartParams<Machine, Name extends string> = Name extends keyof ChartActions<Machine>
  ? NonNullable<ChartActions<Machine>[Name]> extends (args: never, params: infer Params) => unknown
    ? DeepReadonly<Params>
    : unknown
  : unknown;

type ChartActions<Machine> = Machine extends { provide(implementations: infer Implementations): unknown }
  ? Implementations extends { readonly actions?: infer Actions }
    ? NonNullable<Actions>
    : never
  : never;

type PascalCase<Kebab extends string> = Kebab extends `${infer Part}-${infer Rest}`
  ? `${Capitalize<Part>}${PascalCase<Rest>}`
  : Capitalize<Kebab>;
