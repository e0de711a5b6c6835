import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {parseGenesis} from '../../src/protocol/chain/genesis.ts';
import {runCli} from './run-cli.ts';

const ADDRESS = `0x${'12'.repeat(20)}`;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-genesis-'));
});
afterAll(() => rm(folder, {recursive: true}));

describe('sessionvm genesis', () => {
  it('prints bytes that a chain can start from', async () => {
    const words = ['genesis', '--preset', 'dev', '--alloc', `${ADDRESS}=5000.5`];
    const rest = ['--timestamp', '1700000000', '--rule', 'epochSeconds=30', '--rule', 'minFee=7'];
    const {code, stdout} = await runCli([...words, ...rest, '--message', 'hello']);
    expect(code).toBe(0);
    const genesis = parseGenesis(new TextEncoder().encode(stdout));
    expect(genesis.timeMs).toBe(1_700_000_000_000n);
    expect(genesis.rules).toMatchObject({preset: 'dev', epochSeconds: 30, minFee: 7n});
    expect(genesis.allocations.map(({amount}) => amount)).toEqual([5_000_500_000n]);
    expect(genesis.message).toBe('hello');
  });

  it('writes a file once, and checks it', async () => {
    const file = join(folder, 'genesis.json');
    const words = ['genesis', '--preset', 'lux', '--alloc', `${ADDRESS}=100`, '--out', file];
    expect((await runCli(words)).code).toBe(0);
    const bytes = await readFile(file);
    expect((await runCli(words)).stderr).toContain('exists already');
    expect(await readFile(file)).toEqual(bytes);
    const again = await runCli([...words, '--force', '--json']);
    expect(again.stderr).toBe('');
    expect(JSON.parse(again.stdout)).toEqual({file, bytes: expect.any(Number)});
    const text = await runCli(['genesis', 'check', file]);
    expect(text).toMatchObject({code: 0, stderr: ''});
    expect(text.stdout).toMatch(/preset +lux/);
    expect(text.stdout).toMatch(/supply +100 LUX/);
    const json = await runCli(['genesis', 'check', file, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      rules: {preset: 'lux', minStake: '100000000'},
      allocations: [{address: ADDRESS, amount: '100000000'}],
    });
  });

  it('names the field that is wrong', async () => {
    const file = join(folder, 'bad.json');
    await writeFile(file, '{"timestamp": 1700000000, "frob": 1}');
    const {code, stderr} = await runCli(['genesis', 'check', file]);
    expect(code).toBe(1);
    expect(stderr).toContain('frob');
    await writeFile(file, 'no json');
    expect((await runCli(['genesis', 'check', file])).stderr).toContain('GENESIS_INVALID');
  });

  it('refuses allocations above 2^64 and repeated ones', async () => {
    const start = ['genesis', '--preset', 'dev', '--alloc', `${ADDRESS}=18446744073709.5`];
    const much = await runCli([...start, '--alloc', `${'34'.repeat(20)}=1`]);
    expect(much).toMatchObject({code: 2, stdout: ''});
    expect(much.stderr).toContain('2^64');
    const twice = await runCli([...start, '--alloc', `${ADDRESS}=1`]);
    expect(twice.stderr).toContain('named twice');
  });
});
