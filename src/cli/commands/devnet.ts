import {resolve} from 'node:path';
import process from 'node:process';
import {makePrivateFolder} from '../../daemon/files.ts';
import type {DevnetIo} from '../../devnet/devnet.ts';
import type {CliContext, Command} from '../command.ts';
import {usageError} from '../errors.ts';
import {JSON_OPTION} from '../output.ts';
import {readStandardInput} from '../read-to-end.ts';
import {utf8Text} from '../utf8-text.ts';

/** Overwrites the last line of a terminal; none when the output is no terminal. */
function liveLine(): ((text: string) => void) | undefined {
  const {stdout} = process;
  if (!stdout.isTTY) return undefined;
  return (text) => void stdout.write(`\r\x1b[2K${text.slice(0, stdout.columns - 1)}`);
}

const DEFAULT_TEXT = 'Meet me at the lighthouse at nine.';
/** More is a file, not a line of a story; a sealed message takes 69 229 bytes. */
const MAX_TEXT_BYTES = 60_000;

async function standardInput(signal: AbortSignal): Promise<string> {
  const text = utf8Text(await readStandardInput(MAX_TEXT_BYTES, signal));
  if (text === undefined) throw usageError('stdin is no text in UTF-8');
  return text;
}

async function demoText(word: string | undefined, signal: AbortSignal): Promise<string> {
  const given = word === '-' ? await standardInput(signal) : word;
  const line = (given ?? DEFAULT_TEXT).replace(/\n$/, '');
  if (line === '' || Buffer.byteLength(line) > MAX_TEXT_BYTES) {
    throw usageError(`the text must have 1 to ${MAX_TEXT_BYTES} bytes`);
  }
  return line;
}

/** A network that cannot say what it does stops, and ends with the error of its output. */
async function withOutput(
  {out, signal}: CliContext,
  run: (io: DevnetIo) => Promise<void>,
): Promise<void> {
  const broken = new AbortController();
  const write = (text: string): void => void out(text).catch((error) => broken.abort(error));
  try {
    await run({out: write, signal: AbortSignal.any([signal, broken.signal])});
  } finally {
    broken.signal.throwIfAborted();
  }
}

export const command: Command = {
  usage: 'devnet [--demo [TEXT | -]] [--nodes N] [--dir DIR] [--from-source] [--json]',
  help: `Starts a whole local network: a development host, the plugin as its child process, and service nodes,
each its own process. A tool for development: real chains run on avalanchego or luxd.

--demo         tells the story of a message from Alice to Bob while nodes are killed and epochs turn,
               checks each sentence, and exits: 0, or 1 with the name of the first check that failed
TEXT           what Alice writes in the demo; - reads it from stdin
--nodes N      service nodes, 16 unless said
--dir DIR      keeps everything there, and goes on with what is there; else a temporary folder
--from-source  runs the plugin and the nodes from src/, even when dist/ is built
--json         one JSON object a line: keys and URLs, {"ended": …} when a child ends by itself, and
               {"stopped": true} at the end; with --demo one for each sentence

example: sessionvm devnet --nodes 4 --dir ~/.sessionvm/devnet`,
  options: {
    ...JSON_OPTION,
    demo: {type: 'boolean'},
    nodes: {type: 'string'},
    dir: {type: 'string'},
    'from-source': {type: 'boolean'},
  },
  /** Its processes are waited for. */
  stopMs: 60_000,
  positionals: [0, 1],
  async run(args, context) {
    const nodes = args.wholeNumber('nodes', {min: 1, fallback: 16});
    const programs = args.flag('from-source') ? ('source' as const) : ('auto' as const);
    const directory = args.text('dir');
    const init = {nodes, directory, isJson: args.flag('json'), programs};
    if (args.positionals.length > 0 && !args.flag('demo')) {
      throw usageError('TEXT is what Alice writes in the demo: say --demo, too');
    }
    if (directory !== undefined) await makePrivateFolder(resolve(directory));
    if (args.flag('demo')) {
      const {runDemo} = await import('../../devnet/demo.ts');
      const text = await demoText(args.positionals[0], context.signal);
      return withOutput(context, (io) => runDemo({...init, text}, {...io, status: liveLine()}));
    }
    const {runDevnet} = await import('../../devnet/devnet.ts');
    await withOutput(context, (io) => runDevnet(init, io));
  },
};
