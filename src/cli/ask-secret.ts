import process from 'node:process';
import {createInterface} from 'node:readline/promises';
import {Writable} from 'node:stream';

/** Asks at the terminal without showing what is typed; nothing but the answer leaves it. */
export async function askSecret(question: string, signal: AbortSignal): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({write: (_chunk, _encoding, done) => done()});
  const terminal = createInterface({input: process.stdin, output: silent, terminal: true});
  // The terminal hands Ctrl-C to the reader: pass it on, so that `signal` aborts.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return await terminal.question('', {signal});
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
