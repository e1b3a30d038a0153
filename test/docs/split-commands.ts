/**
 * The commands of one line of shell, each in words: split at `&&`, `|` and `;`, without comments and what is redirected. It knows quotes
 * and no expansions, so it refuses a line that has some.
 */
export function splitCommands(line: string): readonly (readonly string[])[] {
  if (/<[a-z-]+>/i.test(line)) throw new Error(`this has a placeholder, which a shell takes for a file: ${line}`);
  const commands: string[][] = [[]];
  const tokens = line.matchAll(/\s+|#.*$|&&|[|;]|[<>]+\s*[^\s|&;<>]+|(?:'[^']*'|"[^"$`]*"|[^\s'"|&;<>$`#\\])+|./g);
  for (const [token] of tokens) {
    if (/^\s/.test(token) || /^[#<>]/.test(token)) continue;
    if (/^(?:&&|[|;])$/.test(token)) commands.push([]);
    else if (/^[$`\\&'"]/.test(token) && !/^(?:'[^']*'|"[^"]*")/.test(token))
      throw new Error(`this is more shell than a page should need: ${line}`);
    else commands.at(-1)!.push(token.replace(/'([^']*)'|"([^"]*)"/g, "$1$2"));
  }
  return commands.filter((words) => words.length > 0);
}
