import {resolve} from 'node:path';
import {formatAmount} from '../../client/amounts.ts';
import {epochTimes, firstEpochFrom} from '../../protocol/chain/epoch-times.ts';
import {type Genesis, parseGenesis} from '../../protocol/chain/genesis.ts';
import type {Rules} from '../../protocol/chain/rules.ts';
import {parseUpgrades, type RulesUpgrade, UPGRADABLE} from '../../protocol/chain/upgrades.ts';
import type {Command} from '../command.ts';
import {usageError} from '../errors.ts';
import {readGivenFile} from '../given-file.ts';
import {fields, JSON_OPTION, print} from '../output.ts';
import {toPlain} from '../plain.ts';

const USAGE = 'upgrade check FILE --genesis FILE';

function ruleText(name: (typeof UPGRADABLE)[number], rules: Rules): string {
  switch (name) {
    case 'minStake':
    case 'minFee':
      return formatAmount(rules[name], rules.token);
    case 'credit': {
      const {initial, growEvery, cap} = rules.credit;
      return `${initial}, one more per ${growEvery} passed epochs, at most ${cap}`;
    }
    default:
      return String(rules[name]);
  }
}

/** When it takes effect, and what is different from then on. */
function describe({activatesAtMs, rules}: RulesUpgrade, before: Rules, genesis: Genesis): string {
  const clock = {genesisTimeMs: genesis.timeMs, epochSeconds: rules.epochSeconds};
  const epoch = firstEpochFrom(clock, activatesAtMs);
  const {start} = epochTimes(clock, epoch);
  const changes = UPGRADABLE.flatMap((name): [string, string][] => {
    const [was, is] = [ruleText(name, before), ruleText(name, rules)];
    return was === is ? [] : [[name, `${was} → ${is}`]];
  });
  return fields([
    ['activates at', new Date(Number(activatesAtMs)).toISOString()],
    ['in force from', `${new Date(Number(start)).toISOString()}, epoch ${epoch}`],
    ...changes,
  ]);
}

export const command: Command = {
  usage: `${USAGE} [--json]`,
  help: `Checks a file of upgrades against the genesis of its chain, and shows what changes when.

--genesis FILE  the genesis file of the chain
--json          each upgrade with all rules from then on

example: sessionvm upgrade check upgrade.json --genesis genesis.json`,
  options: {...JSON_OPTION, genesis: {type: 'string'}},
  positionals: [2, 2],
  async run(args, context) {
    if (args.at(0) !== 'check') throw usageError(`usage: sessionvm ${USAGE}`);
    const {signal} = context;
    const genesis = parseGenesis(await readGivenFile(resolve(args.required('genesis')), signal));
    const upgrades = parseUpgrades(await readGivenFile(resolve(args.at(1)), signal), genesis);
    const data = args.flag('json') ? toPlain(upgrades) : upgrades;
    await print(context, args, data, () => {
      if (upgrades.length === 0) return 'no upgrades';
      const befores = [genesis.rules, ...upgrades.map(({rules}) => rules)];
      return upgrades
        .map((upgrade, index) => describe(upgrade, befores[index] ?? genesis.rules, genesis))
        .join('\n\n');
    });
  },
};
