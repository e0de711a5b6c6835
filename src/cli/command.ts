import type {ParseArgsOptionsConfig} from 'node:util';
import type {Arguments} from './arguments.ts';

/** The world of one run, so that nothing below main.ts touches the process. */
export type CliContext = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Asks a person without showing the answer; undefined without a terminal. */
  readonly askSecret: ((question: string) => Promise<string>) | undefined;
};

export type Command = {
  /** As in `register FILE [--stake AMOUNT]`. */
  readonly usage: string;
  /** What it does, with an example. */
  readonly help: string;
  readonly options: ParseArgsOptionsConfig;
  /** How many arguments beside options it takes, at least and at most. */
  readonly positionals: readonly [min: number, max: number];
  run(args: Arguments, context: CliContext): Promise<void>;
};
