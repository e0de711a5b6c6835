import {closeSync, openSync, writeSync} from 'node:fs';
import process from 'node:process';
import {createInterface} from 'node:readline';
import {Writable} from 'node:stream';
import {ReadStream} from 'node:tty';
import {CliError} from './errors.ts';

/** The terminal of this process, wherever stdin and stderr lead. */
const TERMINAL = '/dev/tty';

export function hasTerminal(): boolean {
  try {
    closeSync(openSync(TERMINAL, 'r+'));
    return true;
  } catch {
    return false;
  }
}

/** What was typed, or pasted, ahead of its question: whole lines, then the begun one. */
type Ahead = {readonly lines: string[]; begun: string};
const ahead: Ahead = {lines: [], begun: ''};

/** Resolves with undefined when the terminal says that nothing comes (Ctrl-D). */
function readLine(input: ReadStream, signal: AbortSignal): Promise<string | undefined> {
  const silent = new Writable({write: (_chunk, _encoding, done) => done()});
  const reader = createInterface({input, output: silent, terminal: true, historySize: 0});
  // The terminal hands Ctrl-C to the reader: pass it on, so that `signal` aborts.
  reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  return new Promise<string | undefined>((resolve, reject) => {
    reader.on('line', (line) => {
      ahead.lines.push(line);
      resolve(undefined);
    });
    reader.on('close', () => resolve(undefined));
    signal.addEventListener('abort', () => reject(signal.reason), {once: true});
    if (signal.aborted) reject(signal.reason);
    reader.write(ahead.begun);
  })
    .then(() => ahead.lines.shift())
    .finally(() => {
      ahead.begun = reader.line;
      reader.close();
    });
}

/**
 * Asks at the terminal without showing what is typed; nothing but the answer leaves it.
 * @throws CliError CLI_UNAVAILABLE when there is no answer
 */
export async function askSecret(question: string, signal: AbortSignal): Promise<string> {
  const terminal = openSync(TERMINAL, 'r+');
  writeSync(terminal, question);
  const input = new ReadStream(terminal);
  try {
    const answer = ahead.lines.shift() ?? (await readLine(input, signal));
    if (answer !== undefined) return answer;
    throw new CliError('CLI_UNAVAILABLE', {problem: 'no passphrase was typed'});
  } finally {
    writeSync(terminal, '\n');
    input.destroy();
  }
}
