import type {JsonFields, JsonObject} from './json-fields.ts';
import type {Rules} from './rules.ts';

/** One rule as JSON has it: what it sets, given the rules before it. */
type RuleField = (
  fields: JsonFields,
  at: {readonly value: unknown; readonly path: string; readonly before: Rules},
) => Partial<Rules>;

const YEAR_SECONDS = 31_536_000;
/** Records keep credit and its progress as u16. */
const MAX_CREDIT = 65_535;
/** Records keep streaks as u8. */
const MAX_STREAK = 255;
/** More blocks than that do not fit any phase that a chain would want. */
const MAX_HEIGHTS = 1024;

const credit: RuleField = (fields, {value, path, before}) => {
  const object = fields.object(value, path);
  fields.refuseUnknown(object, `${path}.`, ['initial', 'growEvery', 'cap']);
  const part = (name: keyof Rules['credit']): number =>
    object[name] === undefined
      ? before.credit[name]
      : fields.integer(object[name], `${path}.${name}`, [0, MAX_CREDIT]);
  const next = {initial: part('initial'), growEvery: part('growEvery'), cap: part('cap')};
  if (next.initial > next.cap) fields.fail(`${path}.initial`, 'must not be above cap');
  return {credit: next};
};

/** Every rule that JSON may set; genesis and upgrades each take some of them. SPEC.md §3, §3.1. */
const RULE_FIELDS = {
  epochSeconds: (fields, {value, path}) => ({
    epochSeconds: fields.integer(value, path, [12, 86_400]),
  }),
  swarmExponent: (fields, {value, path}) => ({
    swarmExponent: fields.integer(value, path, [0, 12]),
  }),
  minStake: (fields, {value, path}) => ({minStake: fields.amount(value, path)}),
  minFee: (fields, {value, path}) => ({minFee: fields.amount(value, path)}),
  minCapacity: (fields, {value, path}) => ({minCapacity: fields.amount(value, path)}),
  unbondingSeconds: (fields, {value, path}) => ({
    unbondingSeconds: fields.integer(value, path, [0, YEAR_SECONDS]),
  }),
  minPeers: (fields, {value, path}) => ({minPeers: fields.integer(value, path, [1, 8])}),
  swarmHysteresis: (fields, {value, path}) => ({
    swarmHysteresis: fields.integer(value, path, [1, MAX_STREAK]),
  }),
  seatsPerEpoch: (fields, {value, path}) => ({
    seatsPerEpoch: fields.integer(value, path, [0, MAX_HEIGHTS]),
  }),
  answerHeights: (fields, {value, path}) => ({
    answerHeights: fields.integer(value, path, [1, MAX_HEIGHTS]),
  }),
  roundAHeights: (fields, {value, path}) => ({
    roundAHeights: fields.integer(value, path, [1, MAX_HEIGHTS]),
  }),
  credit,
} as const satisfies {readonly [name in keyof Rules]?: RuleField};

export type RuleName = keyof typeof RULE_FIELDS;

/** `before` with what the object sets of these rules; their own names have been checked. */
export function applyRules<Name extends RuleName>(
  fields: JsonFields,
  object: JsonObject,
  at: {readonly names: readonly Name[]; readonly path: string; readonly before: Rules},
): Rules {
  let rules = at.before;
  for (const name of at.names) {
    const value = object[name];
    if (value === undefined) continue;
    const field: RuleField = RULE_FIELDS[name];
    rules = {...rules, ...field(fields, {value, path: `${at.path}.${name}`, before: rules})};
  }
  return rules;
}
