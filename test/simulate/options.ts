import {parseArgs} from 'node:util';
import {isPresetName, type PresetName} from '../../src/protocol/chain/rules.ts';

export const HELP = `usage: npm run simulate -- [--nodes N] [--epochs N] [--seed N] [--presets LIST]

A year of a chain by the real state machine: nodes come and go (1 % per epoch), machines and regions
fail, some nodes equivocate, cheat or lie as witnesses. The laws are checked after every epoch.
Signatures are neither made nor checked.

  --nodes N      service nodes of the first preset (default 1000; 8 … 5000)
  --epochs N     epochs to run (default 8760: a year of hours)
  --seed N       the same seed gives the same run (default 1)
  --presets LIST the first with all nodes, the others with an eighth (default lux,pars,dev)`;

export type Options = {
  readonly nodes: number;
  readonly epochs: number;
  readonly seed: number;
  readonly presets: readonly PresetName[];
};

function integer(text: string, name: string, [min, max]: readonly [number, number]): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Error(`--${name} must be a whole number from ${min} to ${max}`);
  }
  return value;
}

/** @throws Error that says which option is wrong. @returns undefined when help was asked for. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const {values} = parseArgs({
    args: [...args],
    options: {
      nodes: {type: 'string', default: '1000'},
      epochs: {type: 'string', default: '8760'},
      seed: {type: 'string', default: '1'},
      presets: {type: 'string', default: 'lux,pars,dev'},
      help: {type: 'boolean', default: false},
    },
  });
  if (values.help) return undefined;
  const presets = values.presets.split(',');
  if (!presets.every(isPresetName)) throw new Error('--presets are of lux, pars and dev');
  return {
    nodes: integer(values.nodes, 'nodes', [8, 5000]),
    epochs: integer(values.epochs, 'epochs', [1, 100_000]),
    seed: integer(values.seed, 'seed', [0, 0xffff_ffff]),
    presets: presets.filter(isPresetName),
  };
}
