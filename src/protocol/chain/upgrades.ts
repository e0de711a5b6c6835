import {SessionError} from '../errors.ts';
import {LATEST_TIMESTAMP} from './genesis.ts';
import {type FieldFailure, JsonFields, type JsonObject} from './json-fields.ts';
import {MAX_GENESIS_BYTES, MAX_UPGRADES} from './limits.ts';
import {applyRules} from './rule-fields.ts';
import type {Rules} from './rules.ts';

/** What is wrong with upgrade bytes; `path` names the field. */
export class UpgradesError extends SessionError<'UPGRADES_INVALID' | 'UPGRADES_TOO_LARGE'> {}

/** Rules that replace those before them, from the first epoch that begins at or after an instant. */
export type RulesUpgrade = {
  /** Unix ms. */
  readonly activatesAtMs: bigint;
  /** All rules from then on, not only those that change. */
  readonly rules: Rules;
};

/** What upgrades may change, in the order of the documents. SPEC.md §3.1. */
export const UPGRADABLE = [
  'minStake',
  'minFee',
  'minCapacity',
  'unbondingSeconds',
  'minPeers',
  'swarmHysteresis',
  'seatsPerEpoch',
  'answerHeights',
  'roundAHeights',
  'credit',
] as const satisfies readonly (keyof Rules)[];

/** What a chain has from its genesis on: times hang on it, or what amounts mean. */
const FIXED: readonly string[] = [
  'preset',
  'token',
  'epochSeconds',
  'swarmExponent',
  'minBlockIntervalMs',
] satisfies readonly (keyof Rules)[];

const fail: FieldFailure = (path, problem, details = {}) => {
  throw new UpgradesError('UPGRADES_INVALID', {path, problem, ...details});
};
const fields = new JsonFields(fail);

function rulesOf(value: unknown, path: string, before: Rules): Rules {
  const object = fields.object(value, path);
  const fixed = Object.keys(object).find((name) => FIXED.includes(name));
  if (fixed !== undefined) fail(`${path}.${fixed}`, 'is fixed by genesis: no upgrade changes it');
  fields.refuseUnknown(object, `${path}.`, UPGRADABLE);
  if (!UPGRADABLE.some((name) => object[name] !== undefined)) fail(path, 'changes no rule');
  return applyRules(fields, object, {names: UPGRADABLE, path, before});
}

function parseObject(bytes: Uint8Array): JsonObject {
  if (bytes.length > MAX_GENESIS_BYTES) {
    const facts = {limit: MAX_GENESIS_BYTES, found: bytes.length};
    throw new UpgradesError('UPGRADES_TOO_LARGE', facts);
  }
  // An empty file, with or without the line end of an editor.
  return bytes.every((byte) => byte === 0x0a || byte === 0x0d || byte === 0x20)
    ? {}
    : fields.parse(bytes);
}

/**
 * Reads upgrade bytes: nothing, `{}`, or a list in ascending order. SPEC.md §3.1.
 * @param genesis what the first upgrade changes, and when the chain began
 * @throws UpgradesError with the path of the field that is wrong.
 */
export function parseUpgrades(
  bytes: Uint8Array,
  genesis: {readonly rules: Rules; readonly timeMs: bigint},
): readonly RulesUpgrade[] {
  const object = parseObject(bytes);
  fields.refuseUnknown(object, '', ['upgrades']);
  const {upgrades: list = []} = object as {readonly upgrades?: unknown};
  if (!Array.isArray(list)) fail('upgrades', 'must be a list');
  if (list.length > MAX_UPGRADES) fail('upgrades', 'is too long', {limit: MAX_UPGRADES});
  const upgrades: RulesUpgrade[] = [];
  let {rules} = genesis;
  let earliest = Number(genesis.timeMs / 1000n) + 1;
  for (const [index, item] of list.entries()) {
    const path = `upgrades[${index}]`;
    const upgrade = fields.object(item, path);
    fields.refuseUnknown(upgrade, `${path}.`, ['activatesAt', 'rules']);
    const range = [earliest, LATEST_TIMESTAMP] as const;
    const seconds = fields.integer(upgrade['activatesAt'], `${path}.activatesAt`, range);
    rules = rulesOf(upgrade['rules'], `${path}.rules`, rules);
    upgrades.push({activatesAtMs: BigInt(seconds) * 1000n, rules});
    earliest = seconds + 1;
  }
  return upgrades;
}
