import {type ChildProcess, spawn} from 'node:child_process';
import process from 'node:process';
import {createInterface} from 'node:readline';
import {describe, expect, it} from 'vitest';
import type {CheckName} from '../../src/devnet/demo/checks.ts';
import {MAIN} from '../program.ts';

/** What Alice writes: more than ASCII. */
const TEXT = 'Um neun am Leuchtturm – „Tür 3“';

/** 80 s by the epochs' clock, one epoch more when a registration slips, and room for a busy machine. */
const TIMEOUT_MS = 180_000;

type Line = {
  readonly type: string;
  readonly check?: CheckName;
  readonly sentence?: string;
  readonly pid?: number;
  readonly pluginPid?: number;
  readonly pids?: readonly number[];
  readonly nodes?: readonly {readonly pid: number}[];
};

type Run = {
  readonly exitCode: number | null;
  readonly lines: readonly Line[];
  readonly errors: string;
};

type Told = {
  /** What Alice writes: `-` for what comes through stdin; the default when undefined. */
  readonly text?: string;
  readonly stdin?: string;
};

/** Runs the demo as JSON lines; `onLine` may meddle while it runs. */
async function runDemo(
  {text, stdin = ''}: Told,
  onLine: (line: Line, before: readonly Line[]) => void = () => undefined,
): Promise<Run> {
  const words = ['devnet', '--demo', ...(text === undefined ? [] : [text]), '--json'];
  const child: ChildProcess = spawn(process.execPath, [MAIN, ...words], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => undefined); // it may end without reading
  child.stdin?.end(stdin);
  const lines: Line[] = [];
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  if (child.stdout === null) throw new Error('no pipe');
  createInterface({input: child.stdout}).on('line', (text) => {
    const line = JSON.parse(text) as Line;
    onLine(line, lines);
    lines.push(line);
  });
  const exitCode = await new Promise<number | null>((resolve) => {
    child.once('close', (code) => resolve(code));
  });
  return {exitCode, lines, errors};
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function pidsOf(lines: readonly Line[]): number[] {
  const plugin = lines.find(({type}) => type === 'host')?.pluginPid ?? 0;
  const nodes = lines.find(({type}) => type === 'nodes')?.nodes ?? [];
  return [plugin, ...nodes.map(({pid}) => pid)];
}

const checksOf = (lines: readonly Line[], type: string): (CheckName | undefined)[] =>
  lines.filter((line) => line.type === type).map(({check}) => check);

const ALL: readonly CheckName[] = [
  'plugin-loaded',
  'genesis-supply',
  'nodes-registered',
  'stake-bonded',
  'two-swarms',
  'message-stored',
  'bob-reads',
  'majorities',
  'all-passed',
  'nothing-burned',
  'two-killed',
  'bob-reads-after-kill',
  'answers-recomputed',
  'message-in-w',
  'exactly-two-fined',
  'fine-is-half-percent',
  'bob-reads-in-the-next-epoch',
  'burned-is-the-fines',
  'totals-are-genesis',
  'no-process-left',
];

describe('demo', () => {
  it('tells the whole story, every sentence confirmed by the chain', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const {exitCode, lines, errors} = await runDemo({text: '-', stdin: `${TEXT}\n`});
    expect(errors).toBe('');
    const read = lines.find(({check}) => check === 'bob-reads');
    expect(read?.sentence).toContain(TEXT);
    expect(checksOf(lines, 'confirmed')).toEqual(ALL);
    expect(exitCode).toBe(0);
    const pids = pidsOf(lines);
    expect(new Set(pids).size).toBe(17);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('ends with exit code 1 and the check when a third node dies', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const {exitCode, lines, errors} = await runDemo({text: 'an argument'}, (line, before) => {
      if (line.type !== 'killed') return;
      const [, ...nodes] = pidsOf(before);
      const third = nodes.find((pid) => line.pids?.includes(pid) === false);
      if (third !== undefined) process.kill(third, 'SIGKILL');
    });
    const read = lines.find(({check}) => check === 'bob-reads');
    expect(read?.sentence).toContain('an argument');
    expect(checksOf(lines, 'failed')).toEqual(['exactly-two-fined']);
    expect(errors).toContain('exactly-two-fined');
    expect(exitCode).toBe(1);
    expect(pidsOf(lines).filter(isAlive)).toEqual([]);
  });
});
