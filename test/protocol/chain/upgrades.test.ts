import {describe, expect, it} from 'vitest';
import {utf8ToBytes} from '../../../src/protocol/bytes.ts';
import {PRESETS} from '../../../src/protocol/chain/rules.ts';
import {parseUpgrades} from '../../../src/protocol/chain/upgrades.ts';

const BEGIN = 1_767_225_600;
const GENESIS = {rules: PRESETS.dev, timeMs: BigInt(BEGIN) * 1000n};

const parse = (text: string) => parseUpgrades(utf8ToBytes(text), GENESIS);
const parseList = (...upgrades: readonly object[]) => parse(JSON.stringify({upgrades}));
const one = (rules: object) => parseList({activatesAt: BEGIN + 1, rules});

describe('parseUpgrades', () => {
  it.each(['', '\n', '{}', ' { }\n', '{"upgrades":[]}', '{"x-note":"none yet"}'])(
    'takes %j for no upgrade',
    (text) => {
      expect(parse(text)).toEqual([]);
    },
  );

  it('applies each upgrade on top of the rules before it', () => {
    const upgrades = parseList(
      {activatesAt: BEGIN + 1, rules: {minFee: '7', credit: {initial: 1, cap: 5}}},
      {activatesAt: BEGIN + 60, rules: {minStake: '200', credit: {growEvery: 9}, 'x-why': 'trial'}},
    );
    const first = {...PRESETS.dev, minFee: 7n, credit: {initial: 1, growEvery: 0, cap: 5}};
    const second = {...first, minStake: 200n, credit: {initial: 1, growEvery: 9, cap: 5}};
    expect(upgrades).toEqual([
      {activatesAtMs: GENESIS.timeMs + 1000n, rules: first},
      {activatesAtMs: GENESIS.timeMs + 60_000n, rules: second},
    ]);
  });

  it('changes every rule that may change', () => {
    const rules = {
      minStake: 1n,
      minFee: 2n,
      minCapacity: 3n,
      unbondingSeconds: 4,
      minPeers: 5,
      swarmHysteresis: 6,
      seatsPerEpoch: 7,
      answerHeights: 8,
      roundAHeights: 9,
      credit: {initial: 10, growEvery: 11, cap: 12},
    };
    const json = {...rules, minStake: '1', minFee: '2', minCapacity: '3'};
    expect(one(json)[0]?.rules).toEqual({...PRESETS.dev, ...rules});
  });

  it.each(['preset', 'token', 'epochSeconds', 'swarmExponent', 'minBlockIntervalMs'])(
    'refuses to change %s, by name',
    (name) => {
      const details = {
        path: `upgrades[0].rules.${name}`,
        problem: 'is fixed by genesis: no upgrade changes it',
      };
      const wrong = expect.objectContaining({code: 'UPGRADES_INVALID', details});
      expect(() => one({[name]: 1})).toThrow(wrong);
    },
  );

  it.each([
    ['x', ''],
    ['[]', ''],
    ['{"upgrade":[]}', 'upgrade'],
    ['{"upgrades":{}}', 'upgrades'],
    [`{"upgrades":[${'{},'.repeat(64)}{}]}`, 'upgrades'],
    ['{"upgrades":[7]}', 'upgrades[0]'],
    ['{"upgrades":[{}]}', 'upgrades[0].activatesAt'],
    [`{"upgrades":[{"activatesAt":${BEGIN},"rules":{"minFee":"1"}}]}`, 'upgrades[0].activatesAt'],
    [`{"upgrades":[{"activatesAt":${BEGIN + 1}}]}`, 'upgrades[0].rules'],
    [`{"upgrades":[{"activatesAt":${BEGIN + 1},"at":1}]}`, 'upgrades[0].at'],
    ['{"upgrades":[],"upgrades":[]}', 'upgrades'],
    [
      `{"upgrades":[{"activatesAt":${BEGIN + 1},"rules":{"minFee":"1","minFee":"2"}}]}`,
      'upgrades[0].rules.minFee',
    ],
  ])('refuses %.60s', (text, path) => {
    const details = expect.objectContaining({path});
    expect(() => parse(text)).toThrow(expect.objectContaining({code: 'UPGRADES_INVALID', details}));
  });

  it.each([
    [{}, ''],
    [{'x-why': 1}, ''],
    [{minStakes: '1'}, '.minStakes'],
    [{minFee: 1}, '.minFee'],
    [{minFee: '18446744073709551616'}, '.minFee'],
    [{minStake: '-1'}, '.minStake'],
    [{unbondingSeconds: 31_536_001}, '.unbondingSeconds'],
    [{minPeers: 0}, '.minPeers'],
    [{minPeers: 9}, '.minPeers'],
    [{swarmHysteresis: 256}, '.swarmHysteresis'],
    [{seatsPerEpoch: 1025}, '.seatsPerEpoch'],
    [{answerHeights: 0}, '.answerHeights'],
    [{roundAHeights: 1.5}, '.roundAHeights'],
    [{credit: 1}, '.credit'],
    [{credit: {cap: 65_536}}, '.credit.cap'],
    [{credit: {initial: 1}}, '.credit.initial'],
    [{credit: {max: 1}}, '.credit.max'],
  ])('refuses rules %j', (rules, path) => {
    const details = expect.objectContaining({path: `upgrades[0].rules${path}`});
    const wrong = expect.objectContaining({code: 'UPGRADES_INVALID', details});
    expect(() => one(rules)).toThrow(wrong);
  });

  it('refuses what does not ascend', () => {
    const [rules, activatesAt] = [{minFee: '1'}, BEGIN + 10];
    const details = expect.objectContaining({path: 'upgrades[1].activatesAt'});
    for (const later of [activatesAt, activatesAt - 1]) {
      const parsing = () => parseList({activatesAt, rules}, {activatesAt: later, rules});
      expect(parsing).toThrow(expect.objectContaining({code: 'UPGRADES_INVALID', details}));
    }
    expect(parseList({activatesAt, rules}, {activatesAt: activatesAt + 1, rules})).toHaveLength(2);
  });

  it('refuses more than 1 MiB unread', () => {
    const wrong = expect.objectContaining({code: 'UPGRADES_TOO_LARGE'});
    expect(() => parseUpgrades(new Uint8Array(1_048_577), GENESIS)).toThrow(wrong);
  });
});
