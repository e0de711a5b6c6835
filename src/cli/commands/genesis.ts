import {resolve} from 'node:path';
import {formatAmount, parseAmount} from '../../client/amounts.ts';
import {addressToString} from '../../crypto/ids.ts';
import {writeFileAtomic} from '../../daemon/files.ts';
import {hexToBytes, toAddress} from '../../protocol/bytes.ts';
import {
  type Allocation,
  createGenesis,
  type Genesis,
  GenesisError,
  type GenesisInit,
  parseGenesis,
} from '../../protocol/chain/genesis.ts';
import {isPresetName, PRESETS, type PresetName} from '../../protocol/chain/rules.ts';
import type {Arguments} from '../arguments.ts';
import type {CliContext, Command} from '../command.ts';
import {usageError} from '../errors.ts';
import {fieldProblem} from '../explain.ts';
import {readGivenFile} from '../given-file.ts';
import {fields, JSON_OPTION, print} from '../output.ts';
import {toPlain} from '../plain.ts';

const RULE_NAMES = [
  'epochSeconds',
  'swarmExponent',
  'minStake',
  'minFee',
  'minCapacity',
  'unbondingSeconds',
] as const;
const TEXT_RULES: readonly string[] = ['minStake', 'minFee', 'minCapacity'];

function presetOf(args: Arguments): PresetName {
  const preset = args.required('preset');
  if (!isPresetName(preset)) throw usageError('--preset must be lux, pars or dev');
  return preset;
}

/** `ADDRESS=AMOUNT`, the amount in whole tokens. */
function allocationOf(text: string, preset: PresetName): Allocation {
  const [, address, amount] = /^((?:0x)?[0-9a-fA-F]{40})=(.+)$/.exec(text) ?? [];
  if (address === undefined || amount === undefined) {
    throw usageError(`--alloc '${text}' must be ADDRESS=AMOUNT, as in 0x0123…=1000.5`);
  }
  const units = parseAmount(amount, PRESETS[preset].token);
  return {address: toAddress(hexToBytes(address)), amount: units};
}

/** `NAME=VALUE` in genesis units: seconds, base units, bytes. */
function rulesOf(texts: readonly string[]): NonNullable<GenesisInit['rules']> {
  const rules: Record<string, number | string> = {};
  for (const text of texts) {
    const [name = '', value = ''] = text.split('=', 2);
    const isKnown = (RULE_NAMES as readonly string[]).includes(name);
    if (!isKnown || !/^[0-9]{1,20}$/.test(value)) {
      throw usageError(`--rule '${text}' must be NAME=NUMBER with one of ${RULE_NAMES.join(', ')}`);
    }
    rules[name] = TEXT_RULES.includes(name) ? BigInt(value).toString() : Number(value);
  }
  return rules;
}

/** @throws CliError CLI_USAGE for values that no genesis may have */
function genesisOf(init: GenesisInit): Uint8Array {
  try {
    return createGenesis(init);
  } catch (error) {
    if (!(error instanceof GenesisError)) throw error;
    throw usageError(fieldProblem(error.details));
  }
}

async function write(args: Arguments, context: CliContext): Promise<void> {
  const {out, err} = context;
  const preset = presetOf(args);
  const message = args.text('message');
  const bytes = genesisOf({
    preset,
    timestamp: args.wholeNumber('timestamp', {min: 1, fallback: Math.floor(Date.now() / 1000)}),
    allocations: args.texts('alloc').map((text) => allocationOf(text, preset)),
    rules: rulesOf(args.texts('rule')),
    ...(message === undefined ? {} : {message}),
  });
  const file = args.text('out');
  if (file === undefined) {
    await out(new TextDecoder().decode(bytes).trimEnd());
    return;
  }
  await writeFileAtomic(resolve(file), bytes, {mode: 0o644, overwrite: args.flag('force')});
  if (args.flag('json')) await print(context, args, {file, bytes: bytes.length}, () => '');
  else err(`wrote ${bytes.length} bytes of genesis to ${file}`);
}

function describe({timeMs, rules, allocations, message}: Genesis): string {
  const amount = (units: bigint): string => formatAmount(units, rules.token);
  const total = allocations.reduce((sum, allocation) => sum + allocation.amount, 0n);
  return fields([
    ['preset', rules.preset],
    ['begins', new Date(Number(timeMs)).toISOString()],
    ['epoch', `${rules.epochSeconds} s`],
    ['swarms', String(2 ** rules.swarmExponent)],
    ['minimum stake', amount(rules.minStake)],
    ['minimum fee', amount(rules.minFee)],
    ['minimum capacity', `${rules.minCapacity} bytes`],
    ['unbonding', `${rules.unbondingSeconds} s`],
    ['supply', amount(total)],
    ...allocations.map((each): [string, string] => [
      '',
      `${addressToString(each.address)}  ${amount(each.amount)}`,
    ]),
    ...(message === '' ? [] : [['message', message] as [string, string]]),
  ]);
}

async function check(args: Arguments, context: CliContext): Promise<void> {
  if (args.positionals.length !== 2) throw usageError('usage: sessionvm genesis check FILE');
  args.takesOnly('genesis check', Object.keys(JSON_OPTION));
  const genesis = parseGenesis(await readGivenFile(resolve(args.at(1)), context.signal));
  const data = args.flag('json') ? toPlain(genesis) : genesis;
  await print(context, args, data, () => describe(genesis));
}

export const command: Command = {
  usage: 'genesis --preset dev|lux|pars [--alloc ADDRESS=AMOUNT]… | genesis check FILE',
  help: `Prints the genesis bytes of a new chain, or checks a file of them.

--alloc ADDRESS=AMOUNT  first balance in whole tokens; as often as needed
--rule NAME=NUMBER      another value for ${RULE_NAMES.join(', ')}
--timestamp SECONDS     when epoch 0 begins, Unix time; now unless said
--message TEXT          any text, kept in the bytes
--out FILE [--force]    write a file instead of printing
--json                  with --out: the file and its size as JSON; with check: what the file says

example: sessionvm genesis --preset dev --alloc 0x00…01=5000 --out genesis.json`,
  options: {
    ...JSON_OPTION,
    preset: {type: 'string'},
    alloc: {type: 'string', multiple: true},
    rule: {type: 'string', multiple: true},
    timestamp: {type: 'string'},
    message: {type: 'string'},
    out: {type: 'string'},
    force: {type: 'boolean'},
  },
  positionals: [0, 2],
  async run(args, context) {
    const [what] = args.positionals;
    if (what === undefined) return write(args, context);
    if (what === 'check') return check(args, context);
    throw usageError(`genesis knows 'check', not '${what}'`);
  },
};
