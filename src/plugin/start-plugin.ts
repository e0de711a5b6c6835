import {writeSync} from 'node:fs';
import process from 'node:process';
import {SessionError} from '../protocol/errors.ts';
import {type Environment, readEngine} from './engine.ts';
import {createLogger} from './logger.ts';
import {findProtocolNumber} from './protocol-number.ts';
import {ignoreSignals} from './signals.ts';

const EXIT_FAILED = 1;
const EXIT_WRONG_USAGE = 2;
const STDERR = 2;

const now = (): bigint => BigInt(Date.now());

/** One line, written at once: the process ends right after it. */
function explain({code, details}: SessionError): void {
  const {problem, set} = details;
  const remedy = set === undefined ? '' : `; set ${set}`;
  const line = `sessionvm: ${problem ?? code}${remedy} (${code})\n`;
  try {
    writeSync(STDERR, line);
  } catch {
    // Nobody reads it: the exit code has to do.
  }
}

function exitCodeOf({code}: SessionError): number {
  return code === 'PLUGIN_ZAP' || code === 'PLUGIN_NO_ENGINE' ? EXIT_WRONG_USAGE : EXIT_FAILED;
}

async function run(env: Environment): Promise<void> {
  const engine = readEngine(env);
  // Asked before anything else is loaded: the node's file takes its time to answer.
  const protocol = findProtocolNumber(env, engine, process.ppid);
  const logger = createLogger(process.stderr, now);
  // Its failure is met where the number is awaited, after the server is bound.
  protocol.catch(() => undefined);
  const {runPlugin} = await import('./run-plugin.ts');
  await runPlugin({engine, protocol, logger, now});
}

/**
 * The plugin role: serves the chain to the node that started this process. Returns after the
 * handshake; ends the process, with one line on stderr, when there can be none.
 */
export async function startPlugin(env: Environment): Promise<void> {
  ignoreSignals();
  try {
    await run(env);
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    explain(error);
    process.exit(exitCodeOf(error));
  }
}
