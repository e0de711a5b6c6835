import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {createGenesis} from '../../src/protocol/chain/genesis.ts';
import {runCli} from './run-cli.ts';

const BEGIN = 1_767_225_600;
let folder: string;
let genesis: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-upgrade-'));
  genesis = join(folder, 'genesis.json');
  await writeFile(genesis, createGenesis({preset: 'lux', timestamp: BEGIN, allocations: []}));
});
afterAll(() => rm(folder, {recursive: true}));

async function check(text: string, ...words: readonly string[]) {
  const file = join(folder, 'upgrade.json');
  await writeFile(file, text);
  return runCli(['upgrade', 'check', file, '--genesis', genesis, ...words]);
}

describe('sessionvm upgrade check', () => {
  it('shows what changes when, each upgrade against the one before it', async () => {
    const upgrades = [
      {activatesAt: BEGIN + 3601, rules: {minStake: '250000000', credit: {initial: 2, cap: 9}}},
      {activatesAt: BEGIN + 9000, rules: {minPeers: 3}},
    ];
    const {code, stdout} = await check(JSON.stringify({upgrades}));
    expect(code).toBe(0);
    const [first, second] = stdout.split('\n\n');
    expect(first).toMatch(/in force from +2026-01-01T02:00:00.000Z, epoch 2/);
    expect(first).toMatch(/minStake +100 LUX → 250 LUX/);
    expect(first).toMatch(/credit +0, .* at most 0 → 2, .* at most 9/);
    expect(first).not.toContain('minPeers');
    expect(second).toMatch(/minPeers +4 → 3/);
    expect(second).not.toContain('minStake');
    const json = await check(JSON.stringify({upgrades}), '--json');
    expect(JSON.parse(json.stdout)).toMatchObject([
      {activatesAtMs: String((BEGIN + 3601) * 1000), rules: {minStake: '250000000', minPeers: 4}},
      {rules: {minStake: '250000000', minPeers: 3}},
    ]);
  });

  it('says where a file is wrong, and when there is nothing in it', async () => {
    expect(await check('{}')).toMatchObject({code: 0, stdout: 'no upgrades\n'});
    const rules = {epochSeconds: 60};
    const wrong = await check(JSON.stringify({upgrades: [{activatesAt: BEGIN + 60, rules}]}));
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(
      /^sessionvm: these upgrades cannot be: 'upgrades\[0\]\.rules\.epochSeconds' is fixed by genesis/,
    );
  });
});
