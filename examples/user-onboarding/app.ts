import type { KnownEvent } from "perdure";
import type { Users } from "./services/users.ts";

/**
 * What happens in the web application. It writes its own data first and dispatches the event then, so that whoever handles the event
 * finds the data that it tells of. The eventIds say what happened: an event that is dispatched twice counts once.
 */
export function createApp(users: Users, dispatch: (event: KnownEvent) => Promise<unknown>) {
  return {
    signUp: async (id: string, email: string) => {
      users.add(id, email);
      await dispatch({ type: "UserSignedUp", aggregateId: id, eventId: `${id}-signed-up`, payload: { email } });
    },
    confirmEmail: async (id: string) => {
      users.change(id, { hasConfirmed: true });
      await dispatch({ type: "EmailConfirmed", aggregateId: id, eventId: `${id}-email-confirmed` });
    },
    createProject: async (id: string, name: string) => {
      users.change(id, { projects: (users.find(id)?.projects ?? 0) + 1 });
      await dispatch({ type: "FirstProjectCreated", aggregateId: id, eventId: `${id}-first-project`, payload: { name } });
    },
    closeAccount: async (id: string) => {
      users.remove(id);
      await dispatch({ type: "AccountClosed", aggregateId: id, eventId: `${id}-closed` });
    },
  };
}
