import { type ProcessSpec, type Version, versionIn } from "../domain.ts";
import { beginIn, isUnmigratable, migrate, type Patch, remember, type Remembered, tellContext } from "../remembered.ts";
import type { Facts } from "../trace.ts";
import type { ModelInstance, State } from "./state.ts";
import { demand } from "./violation.ts";

// What instances remember, and in which version.

/** What an instance of a process remembers when it begins. */
export function beginning({ deploy }: State, spec: ProcessSpec): { readonly version: Version; readonly context: Remembered | undefined } {
  const version = versionIn(deploy, spec);
  return { version, context: spec.remembers === undefined ? undefined : beginIn(version) };
}

/** What a handler sees of an instance: what it remembers, brought over to the version of the code. */
export function seenByHandlers(state: State, instance: ModelInstance): Remembered | undefined {
  const { context } = instance;
  return context !== undefined && isOlder(state, instance) ? migrate(context) : context;
}

export function isOlder({ deploy }: State, { spec, version }: ModelInstance): boolean {
  return version < versionIn(deploy, spec);
}

/** A migration comes in the commit of the step that needs it. */
export function migrateInstance(state: State, instance: ModelInstance, facts: Facts, name: string): void {
  const { spec, version, context } = instance;
  const newest = versionIn(state.deploy, spec);
  demand(!instance.isMigrating, `${name}: it was migrated in this commit`);
  demand(isOlder(state, instance), `${name}: it is of version ${version}, and the code of version ${newest}`);
  demand(facts.from === version && facts.to === newest, `${name}: it leads from ${version} to ${newest}`);
  replaceContext(instance, migrate(context!), facts, name);
  instance.version = newest;
  instance.isMigrating = true;
}

/** No step is taken for an instance of an older version, nor for one of a newer version. */
export function checkVersion(state: State, instance: ModelInstance, name: string): void {
  const newest = versionIn(state.deploy, instance.spec);
  demand(instance.version === newest, `${name}: the instance is of version ${instance.version}, and the code of version ${newest}`);
}

/** Throws unless a migration that fails is the reason of what the journal says. */
export function checkUnmigrated(state: State, instance: ModelInstance, name: string): void {
  const { context } = instance;
  demand(isOlder(state, instance), `${name}: there is nothing to migrate`);
  demand(context !== undefined && isUnmigratable(context), `${name}: its migration does not fail`);
  state.sights.unmigrated += 1;
}

/** Takes over what a step has changed of the context, provided that its journal entry says just that. */
export function changeContext(instance: ModelInstance, patch: Patch | undefined, facts: Facts, name: string): void {
  const { context: before, version } = instance;
  const after = before === undefined || patch === undefined ? before : remember(before, patch, version);
  demand((after === undefined) === (before === undefined), `${name}: its patch is refused`);
  replaceContext(instance, after, facts, name);
}

function replaceContext(instance: ModelInstance, after: Remembered | undefined, facts: Facts, name: string): void {
  const [from, to]: readonly Readonly<Record<string, unknown>>[] = [{ ...instance.context }, { ...after }];
  instance.context = after;
  const changed = Object.fromEntries(Object.entries(to!).filter(([key, value]) => from![key] !== value));
  const without = Object.keys(from!).filter((key) => !Object.hasOwn(to!, key));
  const hasChanged = Object.keys(changed).length > 0 || without.length > 0;
  demand(tellContext(facts.context) === tellContext(hasChanged ? changed : undefined), `${name}: what changes is ${tellContext(changed)}`);
  demand((facts.contextWithout ?? []).join() === without.join(), `${name}: what goes is ${without.join()}`);
}
