import type {Arguments, CommandSyntax} from './arguments.ts';

/** The world of one run, so that nothing below main.ts touches the process. */
export type CliContext = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One line, or several, to stdout; resolves when all of it is out. @throws CliError CLI_OUTPUT_FAILED */
  readonly out: (text: string) => Promise<void>;
  readonly err: (text: string) => void;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Asks a person without showing the answer; undefined without a terminal. */
  readonly askSecret: ((question: string) => Promise<string>) | undefined;
};

export type Command = CommandSyntax & {
  /** How long it may take to end once it is stopped, in ms; 2000 unless said. */
  readonly stopMs?: number;
  /** What it does, with an example. */
  readonly help: string;
  run(args: Arguments, context: CliContext): Promise<void>;
};
