import {enableCompileCache} from 'node:module';
import {basename, join} from 'node:path';
import process from 'node:process';

/** A node that starts its plugin sets at least one of these. */
const ENGINE_VARIABLES = [
  'AVALANCHE_VM_RUNTIME_ENGINE_ADDR',
  'LUX_VM_RUNTIME_ENGINE_ADDR',
  'VM_RUNTIME_ENGINE_ADDR',
  'VM_TRANSPORT',
  'LUX_VM_TRANSPORT',
];

const WRONG_USAGE = 2;

/** The plugin handles its own signals, and must be up within 5 s: nothing else is loaded first. */
async function runPlugin(): Promise<void> {
  const {startPlugin} = await import('../plugin/start-plugin.ts');
  await startPlugin(process.env);
}

/** Without arguments and without a node's variable a person started this: say what it is. */
async function explainItself(): Promise<void> {
  const {overview} = await import('./help.ts');
  process.stderr.write(
    `sessionvm: nothing to do: no command, and no node started it as its plugin\n\n${overview()}\n`,
  );
  process.exitCode = WRONG_USAGE;
}

async function runCommand(words: readonly string[]): Promise<void> {
  const {run} = await import('./run.ts');
  const {askSecret, hasTerminal} = await import('./ask-secret.ts');
  const {writeOutput} = await import('./standard-output.ts');
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => stop.abort(new Error(`stopped by ${name}`)));
  }
  // A reader that has enough (`| head`) is no failure: what runs is stopped, and nothing more is said.
  // Of any other error the one who writes is told.
  let hasEnough = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') return;
    hasEnough = true;
    stop.abort(new Error('nobody reads the output'));
  });
  // What cannot be said there can be said nowhere; the work itself may go on.
  process.stderr.on('error', () => undefined);
  const {signal} = stop;
  const code = await run(words, {
    env: process.env,
    out: (text) => writeOutput(`${text}\n`),
    err: (text) => void (hasEnough || process.stderr.write(`${text}\n`)),
    signal,
    askSecret: hasTerminal() ? (question) => askSecret(question, signal) : undefined,
  });
  process.exitCode = hasEnough ? 0 : code;
  // What a stopped command has left open must not keep the process.
  if (signal.aborted) process.exit(process.exitCode);
}

// Beside our own packages: whoever can write there owns the program anyway. The default place is
// shared by all users of the machine, and what lies there is run.
const here = import.meta.dirname;
const root = basename(here) === 'cli' ? join(here, '..', '..') : join(here, '..');
enableCompileCache(join(root, 'node_modules', '.cache', 'sessionvm'));
const words = process.argv.slice(2);
if (words.length > 0) await runCommand(words);
else if (ENGINE_VARIABLES.some((name) => process.env[name] !== undefined)) await runPlugin();
else await explainItself();
