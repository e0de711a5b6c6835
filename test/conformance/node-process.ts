import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import process from 'node:process';
import {bytesToHex, hexToBytes} from '../../src/protocol/bytes.ts';
import {type Lines, linesOf} from './lines.ts';

/** A node in a process of its own (`host-process.ts`), which a test may kill. */
export type NodeProcess = {
  readonly pluginPid: number;
  /** The last accepted block when it started. */
  readonly head: Uint8Array;
  /** Resolves when the block is verified and its accept is under way. */
  startAccept(bytes: Uint8Array): Promise<void>;
  /** `accepted`; undefined when the node is gone before. */
  acceptAnswer(): Promise<string | undefined>;
  kill(): Promise<void>;
};

export type NodeProcessInit = {
  readonly dataDir: string;
  readonly genesisBytes: Uint8Array;
  /** The accept batch is delayed by up to this much. */
  readonly delayMs?: number;
};

async function readyLine(child: ChildProcess, lines: Lines): Promise<readonly string[]> {
  const words = (await lines.next())?.split(' ') ?? [];
  if (words[0] === 'ready') return words;
  child.kill('SIGKILL');
  throw new Error('the node did not become ready');
}

export async function startNodeProcess(init: NodeProcessInit): Promise<NodeProcess> {
  const {dataDir, genesisBytes, delayMs = 0} = init;
  const file = join(import.meta.dirname, 'host-process.ts');
  const args = [file, dataDir, bytesToHex(genesisBytes), String(delayMs)];
  const child = spawn(process.execPath, args, {stdio: ['pipe', 'pipe', 'inherit']});
  child.stdin.on('error', () => undefined);
  const closed = once(child, 'close');
  const lines = linesOf(child.stdout);
  const [, pid, head = ''] = await readyLine(child, lines);
  return {
    pluginPid: Number(pid),
    head: hexToBytes(head),
    async startAccept(bytes) {
      child.stdin.write(`${bytesToHex(bytes)}\n`);
      if ((await lines.next()) !== 'verified') throw new Error('the block was not verified');
    },
    acceptAnswer: () => lines.next(),
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
