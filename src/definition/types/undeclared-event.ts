/**
 * Takes the place of a handler's arguments when its event is not declared and looks like another. Nothing can be read from it,
 * and the compiler says what is wrong when it says so.
 */
export type UndeclaredEvent<Problem extends string> = [HandlerWithout<Problem>][0];

// It is taken out of a tuple because the compiler would name the alias, and not the problem.
interface HandlerWithout<Problem extends string> {
  readonly problem: Problem;
}
