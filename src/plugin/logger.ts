import {type ErrorDetails, InvariantError, SessionError} from '../protocol/errors.ts';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One JSON object per line. Facts are numbers and short strings, never secrets or payloads. */
export type Logger = {
  setLevel(level: LogLevel): void;
  error(message: string, facts?: ErrorDetails): void;
  warn(message: string, facts?: ErrorDetails): void;
  info(message: string, facts?: ErrorDetails): void;
  debug(message: string, facts?: ErrorDetails): void;
};

/** The part of a writable stream that a log needs. */
export type LogSink = {write(text: string): unknown; readonly writableLength: number};

/** A node that reads slowly must not cost memory without end: above this, lines are counted, not kept. */
const MAX_QUEUED_BYTES = 1_048_576;

/** Code and facts of an error, for the log. */
export function errorFacts(error: unknown): ErrorDetails {
  if (error instanceof SessionError) return {...error.details, code: error.code};
  if (error instanceof Error) return {error: error.message.slice(0, 500), kind: error.name};
  return {error: String(error).slice(0, 500)};
}

/** Failures that are part of an ordinary day. */
const ORDINARY = new Set(['BLOCK_NOTHING_TO_BUILD', 'PLUGIN_STOPPED', 'PLUGIN_CANCELLED']);

/** A call of the node that ended in an error: coded ones are an answer, all others are bugs. */
export function logFailure(logger: Logger, method: string, error: unknown): void {
  const facts = {method, ...errorFacts(error)};
  if (!(error instanceof SessionError) || error instanceof InvariantError) {
    logger.error('a call failed unexpectedly', facts);
  } else if (ORDINARY.has(error.code)) logger.debug('call refused', facts);
  else logger.info('call refused', facts);
}

/** Writes lines to `sink`; never waits for it. */
export function createLogger(sink: LogSink, nowMs: () => bigint): Logger {
  let level: LogLevel = 'info';
  let dropped = 0;
  const write = (at: LogLevel, message: string, facts: ErrorDetails): void => {
    if (LOG_LEVELS.indexOf(at) > LOG_LEVELS.indexOf(level)) return;
    if (sink.writableLength > MAX_QUEUED_BYTES) {
      dropped += 1;
      return;
    }
    const line: Record<string, unknown> = {level: at, timeMs: Number(nowMs()), message, ...facts};
    if (dropped > 0) line['droppedLines'] = dropped;
    dropped = 0;
    const toJson = (_key: string, value: unknown): unknown =>
      typeof value === 'bigint' ? value.toString() : value;
    sink.write(`${JSON.stringify(line, toJson)}\n`);
  };
  return {
    setLevel(next) {
      level = next;
    },
    error: (message, facts = {}) => write('error', message, facts),
    warn: (message, facts = {}) => write('warn', message, facts),
    info: (message, facts = {}) => write('info', message, facts),
    debug: (message, facts = {}) => write('debug', message, facts),
  };
}
