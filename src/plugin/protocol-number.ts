import {execFile} from 'node:child_process';
import {readlinkSync} from 'node:fs';
import {basename} from 'node:path';
import {RPCCHAINVM_SUPPORTED} from '../protocol/version.ts';
import {type Engine, type Environment, PROTOCOL_VARIABLE} from './engine.ts';
import {PluginError} from './errors.ts';

const NODE_NAMES = ['avalanchego', 'luxd'];
/** The node waits 5 s for the handshake; a node that says nothing must not cost it. */
const ASK_TIMEOUT_MS = 1500;
const MAX_ANSWER_BYTES = 65_536;

/** The running file of a process, when its name is that of a node. Linux only. */
export function findNodeFile(pid: number): string | undefined {
  const link = `/proc/${pid}/exe`;
  try {
    const file = readlinkSync(link);
    // The link also runs a file that was replaced by an update since.
    return NODE_NAMES.some((name) => basename(file).startsWith(name)) ? link : undefined;
  } catch {
    return undefined; // No such process any more, no permission, or no /proc: nothing to ask.
  }
}

/** What `FILE --version-json` calls `rpcchainvm`; undefined without an answer in time. */
export function askProtocolNumber(
  file: string,
  timeoutMs: number = ASK_TIMEOUT_MS,
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const options = {
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_ANSWER_BYTES,
      env: {},
      encoding: 'utf8',
    } as const;
    execFile(file, ['--version-json'], options, (error, stdout) => {
      resolve(error === null ? readProtocolNumber(stdout) : undefined);
    });
  });
}

/** The number in a node's `--version-json`. */
export function readProtocolNumber(text: string): number | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== 'object' || answer === null) return undefined;
    const {rpcchainvm} = answer as {readonly rpcchainvm?: unknown};
    return typeof rpcchainvm === 'number' && Number.isInteger(rpcchainvm) ? rpcchainvm : undefined;
  } catch {
    return undefined;
  }
}

function forcedNumber(text: string): number {
  const number = Number(text);
  if (/^[0-9]{1,5}$/.test(text) && number > 0) return number;
  throw new PluginError('PLUGIN_PROTOCOL', {
    problem: `${PROTOCOL_VARIABLE} must be a number such as 45`,
  });
}

/**
 * The protocol number to announce; a process has one try. What an operator sets wins, then what the
 * node's own file says, then the default of its family.
 * @throws PluginError PLUGIN_PROTOCOL
 */
export async function findProtocolNumber(
  env: Environment,
  {defaultProtocol}: Engine,
  parentPid: number,
): Promise<number> {
  const forced = env[PROTOCOL_VARIABLE];
  if (forced !== undefined && forced !== '') return forcedNumber(forced);
  const file = findNodeFile(parentPid);
  const told = file === undefined ? undefined : await askProtocolNumber(file);
  if (told === undefined) return defaultProtocol;
  if (RPCCHAINVM_SUPPORTED.includes(told)) return told;
  throw new PluginError('PLUGIN_PROTOCOL', {
    problem: `this node speaks protocol ${told}, sessionvm speaks ${RPCCHAINVM_SUPPORTED.join(', ')}`,
    set: `${PROTOCOL_VARIABLE}=${told} tries it nevertheless`,
  });
}
