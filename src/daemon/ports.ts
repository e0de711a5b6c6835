/** Facts of one log line: never secrets, never bytes of a message. */
export type LogFacts = Readonly<Record<string, string | number | bigint | boolean | null>>;

export type Logger = {
  info(event: string, facts?: LogFacts): void;
  warn(event: string, facts?: LogFacts): void;
  error(event: string, facts?: LogFacts): void;
};

/** What a service node takes from the machine it runs on. */
export type DaemonPorts = {
  readonly logger: Logger;
  /** Log lines that could not be written; undefined where nobody counts. */
  readonly lostLogLines?: () => number;
  /** This machine's clock, Unix ms. */
  readonly nowMs: () => number;
  /** Rejects with the signal's reason when it aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** 0 up to 1: spreads retries. */
  readonly jitter: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Bytes that the file system of the folder has left for this user. */
  readonly freeBytes: (folder: string) => Promise<bigint>;
  /** Bytes that the files below the folder take. */
  readonly usedBytes: (folder: string) => Promise<bigint>;
};
