/** What the application itself knows of a user: its own data, not Perdure's. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly hasConfirmed: boolean;
  readonly projects: number;
  /** The user was congratulated or bidden farewell, and gets no more mail of the onboarding. */
  readonly isPastOnboarding: boolean;
}

/** Stands in for the table of users. */
export function createUsers() {
  const users = new Map<string, User>();
  return {
    find: (id: string) => users.get(id),
    add: (id: string, email: string) => {
      users.set(id, { id, email, hasConfirmed: false, projects: 0, isPastOnboarding: false });
    },
    change: (id: string, change: Partial<User>) => {
      const user = users.get(id);
      if (user !== undefined) users.set(id, { ...user, ...change });
    },
    remove: (id: string) => {
      users.delete(id);
    },
  };
}

export type Users = ReturnType<typeof createUsers>;
