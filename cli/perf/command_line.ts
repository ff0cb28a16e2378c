/**
 * The command line that made a report, so that somebody else can make another.
 *
 * What must be true: a report may be shown to anybody, so what is secret in the command is not in it.
 * @module
 */
const SECRET_FLAGS = ["--password"];
const SECRET_CONFIG = /^((?:-X|--config-opt=)?(?:sasl\.password|ssl\.key)=)./s;

/** `words` behind the program's name, with quotes where a shell wants some. */
export function commandLine(words: readonly string[]): string {
  return ["milena", ...words.map((word, at) => quoted(withoutSecret(word, words[at - 1])))].join(" ");
}

function withoutSecret(word: string, before: string | undefined): string {
  if (before !== undefined && SECRET_FLAGS.includes(before)) return "…";
  for (const flag of SECRET_FLAGS) {
    if (word.startsWith(`${flag}=`)) return `${flag}=…`;
  }
  const config = SECRET_CONFIG.exec(word);
  return config === null ? word : `${config[1]}…`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./…-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
