import {type ParseArgsOptionsConfig, parseArgs} from 'node:util';
import {usageError} from './errors.ts';

type Values = Readonly<
  Record<string, string | boolean | readonly (string | boolean)[] | undefined>
>;

/** Which words a command takes. */
export type CommandSyntax = {
  /** As in `register FILE [--stake AMOUNT]`. */
  readonly usage: string;
  readonly options: ParseArgsOptionsConfig;
  /** How many arguments beside options it takes, at least and at most. */
  readonly positionals: readonly [min: number, max: number];
};

/** The parsed words after a command. */
export class Arguments {
  readonly positionals: readonly string[];
  readonly #values: Values;

  constructor(values: Values, positionals: readonly string[]) {
    this.#values = values;
    this.positionals = positionals;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  texts(name: string): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  /** @throws CliError CLI_USAGE when the option is missing. */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw usageError(`--${name} is missing`);
    return value;
  }

  /**
   * @param form of a command that has several, as in `keys show`
   * @throws CliError CLI_USAGE for an option that this form does not take
   */
  takesOnly(form: string, names: readonly string[]): void {
    const other = Object.keys(this.#values).find((name) => !names.includes(name));
    if (other !== undefined) throw usageError(`'${form}' does not take --${other}`);
  }

  /** The nth argument beside the options; the command's `positionals` says which must be there. */
  at(index: number): string {
    const value = this.positionals[index];
    if (value === undefined) throw usageError('an argument is missing');
    return value;
  }

  /** A whole number of at least `min`, or `fallback` when the option is missing. */
  wholeNumber(name: string, {min, fallback}: {readonly min: number; readonly fallback: number}) {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const number = /^[0-9]{1,10}$/.test(value) ? Number(value) : -1;
    if (number < min) throw usageError(`--${name} must be a whole number of at least ${min}`);
    return number;
  }
}

/** Options that every command takes. */
export const COMMON_OPTIONS = {
  help: {type: 'boolean', short: 'h'},
} as const;

/** Node's words, the first sentence of them, and how to say a text that looks like an option. */
function problemOf(error: TypeError, takesText: boolean): string {
  const problem = (error.message.split(/\.\s/)[0] ?? 'wrong option').replace(/\.$/, '');
  const isUnknown = (error as NodeJS.ErrnoException).code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION';
  return isUnknown && takesText ? `${problem}: put -- before a text that begins with -` : problem;
}

function parseWords(options: ParseArgsOptionsConfig, words: readonly string[], takesText: boolean) {
  try {
    return parseArgs({
      args: [...words],
      options,
      allowPositionals: true,
      strict: true,
      tokens: true,
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw usageError(problemOf(error, takesText));
  }
}

/** @throws CliError CLI_USAGE for unknown or repeated options and a wrong number of arguments. */
export function parseArguments(command: CommandSyntax, words: readonly string[]): Arguments {
  const options: ParseArgsOptionsConfig = {...command.options, ...COMMON_OPTIONS};
  const [min, max] = command.positionals;
  const {values, positionals, tokens} = parseWords(options, words, max > 0);
  const given = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option' || options[token.name]?.type !== 'string') continue;
    // One of two values would be dropped without a word.
    const isRepeated = given.has(token.name) && options[token.name]?.multiple !== true;
    if (isRepeated) throw usageError(`--${token.name} is given twice`);
    given.add(token.name);
  }
  const isHelp = values['help'] === true;
  if (!isHelp && positionals.length < min) throw usageError(`usage: sessionvm ${command.usage}`);
  if (positionals.length > max) {
    throw usageError(`does not take '${positionals[max]}' (usage: sessionvm ${command.usage})`);
  }
  return new Arguments(values as Values, positionals);
}
