import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {createGenesis} from '../../../src/protocol/chain/genesis.ts';
import {findFreePort} from './free-port.ts';
import {Runner} from './runner.ts';

const GENESIS = createGenesis({preset: 'dev', timestamp: 1_700_000_000, allocations: []});

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sessionvm-e2e-commands-'));
  writeFileSync(join(folder, 'genesis.json'), GENESIS);
  writeFileSync(join(folder, 'broken.json'), '{"preset": "moon"}');
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

function run(script: string, args: readonly string[]) {
  const file = join(import.meta.dirname, script);
  const {status, stdout, stderr} = spawnSync(process.execPath, [file, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return {status, stdout, stderr};
}

describe('the end-to-end run', () => {
  it.each([
    {what: 'no node', args: [], status: 2, says: 'go install github.com/ava-labs/avalanchego'},
    {what: 'a node that is not there', args: ['--node', 'nobody'], status: 1, says: '--get-node'},
    {
      what: 'a plugin that was not built',
      args: ['--node', process.execPath, '--plugin', 'nobody'],
      status: 1,
      says: 'npm run build',
    },
    {what: 'an unknown option', args: ['--nodes', 'x'], status: 2, says: 'usage: '},
  ])('says what to do about $what', ({args, status, says}) => {
    const result = run('main.ts', args);
    expect(result.stderr).toContain(says);
    expect(result.stderr).not.toContain('    at ');
    expect(result.status).toBe(status);
  });

  it('refuses a program that is no node', () => {
    const plugin = join(folder, 'genesis.json');
    const {status, stderr} = run('main.ts', ['--node', process.execPath, '--plugin', plugin]);
    expect(stderr).toContain('E2E_NODE_UNUSABLE');
    expect(status).toBe(1);
  });

  it('counts what passed and what failed', async () => {
    const lines: string[] = [];
    const runner = new Runner((line) => lines.push(line));
    await runner.step('one', async () => ({value: undefined, facts: 'a fact'}));
    expect(runner.summary).toMatch(/^1 passed, 0 failed, in [0-9.]+ s$/);
    const failing = runner.step('two', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(runner.summary).toMatch(/^1 passed, 1 failed, /);
    expect(runner.current).toBe('two');
    expect(lines.join('\n')).toMatch(/^ 1\. one\n {4}ok, [0-9.]+ s: a fact\n 2\. two$/);
  });
});

describe('create-chain', () => {
  it.each([
    {what: 'no genesis', args: [], status: 2, says: '--genesis is missing'},
    {what: 'no such file', args: ['--genesis', 'nobody'], status: 2, says: 'no such file'},
    {what: 'a broken genesis', args: ['--genesis', 'broken.json'], status: 1, says: 'GENESIS_'},
  ])('says what to do about $what', ({args, status, says}) => {
    const result = run('create-chain.ts', args);
    expect(result.stderr).toContain(says);
    expect(result.stderr).not.toContain('    at ');
    expect(result.status).toBe(status);
  });

  it('says that no node answers, in one line', async () => {
    const uri = `http://127.0.0.1:${await findFreePort()}/`;
    const {status, stderr} = run('create-chain.ts', ['--genesis', 'genesis.json', '--uri', uri]);
    expect(stderr).toContain('E2E_RPC_UNREACHABLE');
    expect(stderr.trim().split('\n').length).toBe(1);
    expect(status).toBe(1);
  });
});
